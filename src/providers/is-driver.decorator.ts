import { ValidateBy } from 'class-validator';
import { allDrivers, findDriver } from './drivers/registry.js';

/** Accepts the name of a driver there is. */
export function IsDriver(): PropertyDecorator {
  return ValidateBy({
    name: 'isDriver',
    validator: {
      validate: (value) => typeof value === 'string' && findDriver(value) !== undefined,
      defaultMessage: () =>
        `$property must be one of ${allDrivers()
          .map(({ name }) => name)
          .join(', ')}`,
    },
  });
}
