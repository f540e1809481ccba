import { registerDecorator, type ValidationOptions } from 'class-validator';

/** What a view shows instead of a header value that looks like a secret. Sent back, it keeps the value stored. */
export const MASK = '••••••••';

const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const VALUE = /^[\x20-\x7e]{0,2000}$/;
const MAX_HEADERS = 32;

/** Set by the gateway or by the connection itself; an operator's value would break or forge calls. */
const REFUSED = new Set([
  'authorization',
  'host',
  'cookie',
  'content-length',
  'content-type',
  'content-encoding',
  'accept-encoding',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'forwarded',
]);
const REFUSED_PREFIX = /^(x-forwarded-|sec-|:)/;

/** Tells what is wrong with a set of extra headers, or `undefined`. */
export function headersProblem(headers: unknown): string | undefined {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return 'must be an object of texts';
  const entries = Object.entries(headers);
  if (entries.length > MAX_HEADERS) return `must not have more than ${MAX_HEADERS} headers`;
  const names = entries.map(([name]) => name.toLowerCase());
  if (new Set(names).size < names.length) return 'must not name a header twice';
  for (const [name, value] of entries) {
    const problem = headerProblem(name, value);
    if (problem) return problem;
  }
  return undefined;
}

function headerProblem(name: string, value: unknown): string | undefined {
  const lower = name.toLowerCase();
  if (!NAME.test(name)) return `must not have the header name ${JSON.stringify(name)}`;
  if (REFUSED.has(lower) || REFUSED_PREFIX.test(lower)) return `must not set ${lower}: the gateway does`;
  const isFit = typeof value === 'string' && (value === MASK || VALUE.test(value));
  return isFit ? undefined : `must have printable ASCII text as the value of ${lower}`;
}

/** Accepts header names and values that may be sent upstream. */
export function IsExtraHeaders(options?: ValidationOptions): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isExtraHeaders',
      target: target.constructor,
      propertyName: String(property),
      options,
      validator: {
        validate: (value) => headersProblem(value) === undefined,
        defaultMessage: (args) => `${args?.property} ${headersProblem(args?.value)}`,
      },
    });
}

/** The headers as they are stored: lower-case names, and the value stored before where the mask came back. */
export function normalizeHeaders(
  headers: Readonly<Record<string, string>>,
  stored: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(
    entries.flatMap(([name, value]) => {
      const kept = value === MASK ? stored[name] : value;
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
}

/** The headers as they are shown. */
export function maskHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name, looksSecret(name, value) ? MASK : value]);
  return Object.fromEntries(entries);
}

/** The names of stored headers that are shown masked and that `given` would leave as they are. */
export function keptMasked(
  stored: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>> | null | undefined,
): string[] {
  const masked = Object.entries(maskHeaders(stored)).flatMap(([name, value]) => (value === MASK ? [name] : []));
  if (given === undefined) return masked;
  const sentBack = Object.entries(given ?? {}).filter(([, value]) => value === MASK);
  return masked.filter((name) => sentBack.some(([sent]) => sent.toLowerCase() === name));
}

function looksSecret(name: string, value: string): boolean {
  if (/key|token|secret|auth|password|credential|session|signature/i.test(name)) return true;
  // A long text without spaces that mixes letters and digits is a key more often than anything else.
  return /^(?=\S*\d)(?=\S*[A-Za-z])[\w.+/=~-]{20,}$/.test(value) || /^(bearer|basic) /i.test(value);
}
