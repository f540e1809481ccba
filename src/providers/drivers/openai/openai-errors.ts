import { classOfStatus, type AnswerErrorClass } from '../error-class.js';

/** Error bodies are small; what matters stands at their beginning. */
const SEARCHED_BYTES = 4096;
const OVERFLOW =
  /context_length_exceeded|maximum context length|context window|exceeds? the (?:model's )?context|exceed_context_size/i;
const FILTER =
  /"(?:code|type|reason)"\s*:\s*"(?:content_filter|content_policy_violation|moderation_blocked|ResponsibleAIPolicyViolation)/i;
const QUOTA = /"(?:code|type)"\s*:\s*"(?:insufficient_quota|billing_hard_limit_reached|insufficient_credits)"/i;

/** Whose fault a refusal in OpenAI's dialect is: the status says it, and for some the code or the words in the body. */
export function classifyOpenAi(status: number, body: Buffer): AnswerErrorClass {
  const known = classOfStatus(status);
  if (known !== 'caller' && known !== 'auth' && known !== 'rate_limited') return known;
  const text = body.toString('latin1', 0, SEARCHED_BYTES);
  if (known === 'rate_limited') return QUOTA.test(text) ? 'quota' : known;
  if (FILTER.test(text)) return 'content_filter';
  return known === 'caller' && OVERFLOW.test(text) ? 'context_overflow' : known;
}
