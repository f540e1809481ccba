import { ValidateBy } from 'class-validator';

const MAX_KEYS = 16;
const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MAX_VALUE_LENGTH = 256;

/** Accepts a flat map of texts: up to 16 keys, values up to 256 characters. */
export function IsMetadata(): PropertyDecorator {
  return ValidateBy({
    name: 'isMetadata',
    validator: {
      validate: (value) => metadataProblem(value) === undefined,
      defaultMessage: (args) => `${args?.property} ${metadataProblem(args?.value)}`,
    },
  });
}

function metadataProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be an object of texts';
  const entries = Object.entries(value);
  if (entries.length > MAX_KEYS) return `must have at most ${MAX_KEYS} keys`;
  if (entries.some(([key]) => !KEY.test(key))) return 'must have keys of 1 to 64 letters, digits, dots, dashes or _';
  const isWrong = entries.some(([, text]) => typeof text !== 'string' || text.length > MAX_VALUE_LENGTH);
  return isWrong ? `must have texts of at most ${MAX_VALUE_LENGTH} characters as values` : undefined;
}
