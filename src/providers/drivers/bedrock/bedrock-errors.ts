import { classOfStatus, type AnswerErrorClass } from '../error-class.js';

const SEARCHED_BYTES = 4096;
const OVERFLOW =
  /input is too long|too many (?:input )?tokens|maximum (?:context|tokens)|exceeds? the (?:maximum|context)/i;
const THROTTLED = /ThrottlingException|too many requests/i;
/** Bedrock's own word for a model that is still being loaded. */
const NOT_READY = 424;

/** Whose fault a refusal of Bedrock's is: the status says it, and for some the words in the body. */
export function classifyBedrock(status: number, body: Buffer): AnswerErrorClass {
  if (status === NOT_READY) return 'server_error';
  const known = classOfStatus(status);
  if (known !== 'caller') return known;
  const text = body.toString('latin1', 0, SEARCHED_BYTES);
  if (THROTTLED.test(text)) return 'rate_limited';
  return OVERFLOW.test(text) ? 'context_overflow' : known;
}
