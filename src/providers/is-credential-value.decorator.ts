import { ValidateBy } from 'class-validator';

const MAX_LENGTH = 8000;

/** Accepts what a header can carry, or a JSON object, as those are that get exchanged or sign calls. */
export function IsCredentialValue(): PropertyDecorator {
  return ValidateBy({
    name: 'isCredentialValue',
    validator: {
      validate: (value) => typeof value === 'string' && value.length <= MAX_LENGTH && isUsable(value),
      defaultMessage: () =>
        `$property must be printable characters without spaces, or a JSON object, of at most ${MAX_LENGTH} characters`,
    },
  });
}

function isUsable(value: string): boolean {
  return value.startsWith('{') ? isJson(value) : /^[\x21-\x7e]+$/.test(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
