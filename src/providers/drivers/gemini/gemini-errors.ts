import { classOfStatus, type AnswerErrorClass } from '../error-class.js';

const SEARCHED_BYTES = 4096;
const WRONG_KEY = /API_KEY_INVALID|API key not valid|API key expired/i;
const OVERFLOW = /input token count[^"]{0,80}exceeds|exceeds the maximum number of tokens/i;
const UNPAID = /billing (?:account|is disabled|to be enabled)|FAILED_PRECONDITION[^}]{0,200}billing/i;

/** Whose fault a refusal of Google's is: the status says it, but for a wrong key, which is a 400. */
export function classifyGemini(status: number, body: Buffer): AnswerErrorClass {
  const known = classOfStatus(status);
  if (known !== 'caller') return known;
  const text = body.toString('latin1', 0, SEARCHED_BYTES);
  if (WRONG_KEY.test(text)) return 'auth';
  if (UNPAID.test(text)) return 'quota';
  return OVERFLOW.test(text) ? 'context_overflow' : known;
}
