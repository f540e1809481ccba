import { WEEKDAYS, type Condition, type TimeCondition, type Weekday } from '../snapshot/routing-entry.js';
import type { RequestFeatures } from './features.js';

const MINUTES_PER_DAY = 1440;

/** Whether a request meets a condition. It reads no more of the request than it must. */
export function holds(condition: Condition, features: RequestFeatures): boolean {
  if ('all' in condition) return condition.all.every((part) => holds(part, features));
  if ('any' in condition) return condition.any.some((part) => holds(part, features));
  return holdsHere(condition, features);
}

function holdsHere(
  condition: Exclude<Condition, { all: unknown } | { any: unknown }>,
  features: RequestFeatures,
): boolean {
  switch (condition.when) {
    case 'input_tokens':
      return isWithin(features.inputTokens, condition);
    case 'messages':
      return isWithin(features.messages, condition);
    case 'response_format':
      return condition.in.includes(features.responseFormat);
    case 'header':
      return matches(features.header(condition.key), condition);
    case 'metadata':
      return matches(features.metadata(condition.key), condition);
    case 'token':
      return condition.in.includes(features.tokenId) || condition.in.includes(features.tokenName);
    case 'time':
      return isTime(condition, features.atMs);
    default:
      return FLAGS[condition.when](features) === condition.is;
  }
}

const FLAGS: Readonly<Record<'tools' | 'images' | 'audio' | 'reasoning', (features: RequestFeatures) => boolean>> = {
  tools: (features) => features.hasTools,
  images: (features) => features.hasImages,
  audio: (features) => features.hasAudio,
  reasoning: (features) => features.wantsReasoning,
};

function isWithin(value: number, { min = 0, max = Infinity }: { min?: number; max?: number }): boolean {
  return value >= min && value <= max;
}

function matches(
  value: string | undefined,
  wanted: { readonly in: readonly string[] } | { readonly isPresent: boolean },
): boolean {
  if ('isPresent' in wanted) return (value !== undefined) === wanted.isPresent;
  return value !== undefined && wanted.in.includes(value);
}

function isTime({ from, to, days, timeZone }: TimeCondition, atMs: number): boolean {
  const { minute, day } = localTime(atMs, timeZone);
  const begin = minutesOf(from);
  const end = minutesOf(to);
  const isOvernight = end <= begin;
  const isIn = isOvernight ? minute >= begin || minute < end : minute >= begin && minute < end;
  if (!isIn || !days) return isIn;
  return days.includes(isOvernight && minute < end ? before(day) : day);
}

function minutesOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
}

function before(day: Weekday): Weekday {
  return WEEKDAYS[(WEEKDAYS.indexOf(day) + WEEKDAYS.length - 1) % WEEKDAYS.length] ?? day;
}

const CLOCKS = new Map<string, Intl.DateTimeFormat>();

function localTime(atMs: number, timeZone: string): { minute: number; day: Weekday } {
  let clock = CLOCKS.get(timeZone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    CLOCKS.set(timeZone, clock);
  }
  const parts = new Map(clock.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const minute = (Number(parts.get('hour')) * 60 + Number(parts.get('minute'))) % MINUTES_PER_DAY;
  return { minute, day: (parts.get('weekday') ?? 'Mon').toLowerCase() as Weekday };
}
