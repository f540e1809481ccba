import { RESPONSE_FORMATS, WEEKDAYS, type Condition } from '../snapshot/routing-entry.js';

const MAX_DEPTH = 6;
const MAX_PARTS = 50;
const MAX_VALUES = 100;
const MAX_VALUE_LENGTH = 200;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const HEADER = /^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
/** Their values are kept with decisions, and these are secrets. */
const SECRET_HEADERS = ['authorization', 'x-api-key', 'cookie', 'proxy-authorization'];

type Fields = Readonly<Record<string, unknown>>;

/** Tells what is wrong with a target's conditions, or `undefined`. */
export function conditionProblem(value: unknown): string | undefined {
  const count = { parts: 0 };
  const problem = partProblem(value, count, 1);
  if (problem !== undefined) return problem;
  return count.parts > MAX_PARTS ? `must have at most ${MAX_PARTS} parts` : undefined;
}

/** What is wrong with a header's name as something to decide by, or `undefined`. */
export function headerProblem(name: unknown): string | undefined {
  if (typeof name !== 'string' || !HEADER.test(name)) return 'must name a header in lower case';
  return SECRET_HEADERS.includes(name) ? `must not name ${name}: values are kept with decisions` : undefined;
}

function partProblem(value: unknown, count: { parts: number }, depth: number): string | undefined {
  if (!isFields(value)) return 'must be objects with "when", "all" or "any"';
  if (depth > MAX_DEPTH) return `must not be nested deeper than ${MAX_DEPTH} levels`;
  count.parts++;
  const parts = value['all'] ?? value['any'];
  if (parts === undefined) return leafProblem(value);
  if (!isList(parts) || Object.keys(value).length !== 1) return 'must have "all" or "any" alone, with a list';
  for (const part of parts) {
    const problem = partProblem(part, count, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

type LeafName = Exclude<Condition, { all: unknown } | { any: unknown }>['when'];

const LEAVES: Readonly<Record<LeafName, (fields: Fields) => string | undefined>> = {
  input_tokens: rangeProblem,
  messages: rangeProblem,
  tools: flagProblem,
  images: flagProblem,
  audio: flagProblem,
  reasoning: flagProblem,
  response_format: (fields) => listProblem(fields, RESPONSE_FORMATS) ?? strangerIn(fields, ['in']),
  header: (fields) => headerProblem(fields['key']) ?? valueProblem(fields),
  metadata: (fields) => (isText(fields['key']) ? valueProblem(fields) : 'must give "key" as a text'),
  token: (fields) => listProblem(fields) ?? strangerIn(fields, ['in']),
  time: timeProblem,
};

function leafProblem(fields: Fields): string | undefined {
  const when = fields['when'];
  if (typeof when !== 'string' || !Object.hasOwn(LEAVES, when)) {
    return `must have "when" as one of ${Object.keys(LEAVES).join(', ')}`;
  }
  const problem = LEAVES[when as LeafName](fields);
  return problem && `${problem} (in "${when}")`;
}

function rangeProblem(fields: Fields): string | undefined {
  const { min, max } = fields;
  const given = [min, max].filter((bound) => bound !== undefined);
  const areNumbers = given.every((bound) => Number.isSafeInteger(bound) && Number(bound) >= 0);
  if (given.length === 0 || !areNumbers) return 'must give "min" or "max" as whole numbers';
  if (given.length === 2 && Number(min) > Number(max)) return 'must not have "min" above "max"';
  return strangerIn(fields, ['min', 'max']);
}

function flagProblem(fields: Fields): string | undefined {
  return typeof fields['is'] === 'boolean' ? strangerIn(fields, ['is']) : 'must give "is" as true or false';
}

function valueProblem(fields: Fields): string | undefined {
  const isFlag = typeof fields['isPresent'] === 'boolean';
  if (isFlag === 'in' in fields) return 'must give either "in" or "isPresent"';
  return (isFlag ? undefined : listProblem(fields)) ?? strangerIn(fields, ['key', isFlag ? 'isPresent' : 'in']);
}

function listProblem({ in: values }: Fields, known?: readonly string[]): string | undefined {
  if (!isList(values) || !values.every(isText)) return `must give "in" as a list of up to ${MAX_VALUES} texts`;
  if (known && !values.every((value) => known.includes(value))) return `must be of ${known.join(', ')}`;
  return undefined;
}

function timeProblem(fields: Fields): string | undefined {
  const { from, to, days, timeZone } = fields;
  if (![from, to].every((time) => typeof time === 'string' && TIME.test(time)))
    return 'must give "from" and "to" as HH:MM';
  if (typeof timeZone !== 'string' || !isTimeZone(timeZone)) return 'must give "timeZone" as an IANA name';
  const areDays = Array.isArray(days) && days.length > 0 && days.every((day) => WEEKDAYS.includes(day));
  if (days !== undefined && !areDays) return `must give "days" as some of ${WEEKDAYS.join(', ')}`;
  return strangerIn(fields, ['from', 'to', 'days', 'timeZone']);
}

function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function strangerIn(fields: Fields, known: readonly string[]): string | undefined {
  const stranger = Object.keys(fields).find((name) => name !== 'when' && !known.includes(name));
  return stranger && `must not have "${stranger}"`;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0 && value.length <= MAX_VALUES;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_VALUE_LENGTH && isStorable(value);
}

/** Postgres keeps no NUL and no half characters. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
