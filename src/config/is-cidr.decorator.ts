import { ValidateBy, type ValidationOptions } from 'class-validator';
import ipaddr from 'ipaddr.js';

/** Accepts an address range such as `10.0.0.0/8` or `fd00::/8`, or one address. */
export function IsCidr(options: ValidationOptions = {}): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isCidr',
      validator: { validate: isCidr, defaultMessage: () => '$property must be address ranges such as 10.0.0.0/8' },
    },
    options,
  );
}

function isCidr(value: unknown): boolean {
  return typeof value === 'string' && (ipaddr.isValidCIDR(value) || ipaddr.isValid(value));
}
