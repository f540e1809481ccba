import { ValidateBy } from 'class-validator';
import { priceTextsProblem } from './price-table.js';

/** Accepts prices as decimal texts in USD, by bucket. */
export function IsPriceTable(): PropertyDecorator {
  return ValidateBy({
    name: 'isPriceTable',
    validator: {
      validate: (value) => priceTextsProblem(value) === undefined,
      defaultMessage: (args) => `${args?.property} ${priceTextsProblem(args?.value)}`,
    },
  });
}
