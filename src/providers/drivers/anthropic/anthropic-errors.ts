import { classOfStatus, type AnswerErrorClass } from '../error-class.js';

const SEARCHED_BYTES = 4096;
const OVERFLOW = /prompt is too long|prompt_too_long|exceed (?:the )?context (?:limit|window)/i;
const QUOTA = /credit balance is too low|"type"\s*:\s*"billing_error"/i;

/** Whose fault a refusal of Anthropic's is: the status says it, and for some the words in the body. */
export function classifyAnthropic(status: number, body: Buffer): AnswerErrorClass {
  const known = classOfStatus(status);
  if (known !== 'caller') return known;
  const text = body.toString('latin1', 0, SEARCHED_BYTES);
  if (QUOTA.test(text)) return 'quota';
  return OVERFLOW.test(text) ? 'context_overflow' : known;
}
