import { ValidateBy } from 'class-validator';

/** Accepts an object that gives exactly one of `value`, `secretId` and `reference`. */
export function IsOneCredential(): PropertyDecorator {
  return ValidateBy({
    name: 'isOneCredential',
    validator: {
      validate: (value) => typeof value === 'object' && value !== null && givenIn(value) === 1,
      defaultMessage: () => '$property must give one of value, secretId and reference',
    },
  });
}

function givenIn(input: object): number {
  return Object.values(input).filter((value) => value !== undefined && value !== null).length;
}
