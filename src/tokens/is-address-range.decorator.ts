import { ValidateBy } from 'class-validator';
import { parseAddressRange } from './address-range.js';

/** Accepts a list of what the relay can match addresses with: ranges such as `10.0.0.0/8`, or single addresses. */
export function IsAddressRange(): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isAddressRange',
      validator: {
        validate: (value) => typeof value === 'string' && parseAddressRange(value) !== undefined,
        defaultMessage: () => 'each of $property must be an address or a range such as 10.0.0.0/8',
      },
    },
    { each: true },
  );
}
