import type { JsonObject } from '../../snapshot/snapshot.js';
import type { CallBody } from './call-body.js';

/** Where a request says how long its answer may be. */
const MAXIMA = ['max_completion_tokens', 'max_tokens', 'max_output_tokens'] as const;
/** Fewer tokens make no answer worth its prompt. */
const FEWEST = 16;
/** Upstreams count a little differently from one call to the next. */
const SPARE = 8;
const WINDOW = /maximum context length (?:is|of) (\d+)/i;
const PROMPT =
  /\((\d+) in (?:the|your) (?:messages|prompt)|(?:prompt|input|messages)[^.]{0,40}?(\d+) (?:input )?tokens/i;

/**
 * The smaller maximum that makes prompt and answer fit, read from what the upstream said of a full context. `undefined`
 * when the request names no maximum, the upstream no numbers, or the prompt alone is too long.
 */
export function clampFor(body: CallBody | undefined, refusal: Buffer): JsonObject | undefined {
  const name = MAXIMA.find((each) => body?.number(each) !== undefined);
  if (!body || !name) return undefined;
  const text = refusal.toString('utf8', 0, 4096);
  const window = Number(WINDOW.exec(text)?.[1]);
  const [, inBrackets, inWords] = PROMPT.exec(text) ?? [];
  const room = window - Number(inBrackets ?? inWords) - SPARE;
  return room >= FEWEST && room < body.number(name)! ? { [name]: room } : undefined;
}
