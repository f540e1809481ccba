/** The usage that stubs report. */
export const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

/** A plain answer, as an upstream gives it. */
export const ANSWER = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'upstream-m-2026',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: USAGE,
};

/** One event of a stream. */
export function chunk(delta: object, finishReason: string | null = null): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'upstream-m-2026',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  };
}

export const FIRST = chunk({ role: 'assistant', content: '' });
export const LAST = chunk({}, 'stop');
export const USAGE_CHUNK = { ...chunk({}), choices: [], usage: USAGE };
