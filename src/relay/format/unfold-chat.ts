import type { JsonObject, JsonValue } from '../../snapshot/snapshot.js';
import { isObject, objectsOf } from '../translate/json.js';

/** A whole chat completion as the events of a stream. */
export function unfoldChat(answer: JsonObject, asksForUsage: boolean): string {
  const { choices, usage, ...rest } = answer;
  const common: JsonObject = { ...rest, object: 'chat.completion.chunk' };
  const noUsage: JsonObject = asksForUsage ? { usage: null } : {};
  const chunks: JsonObject[] = objectsOf(choices).flatMap((choice) =>
    deltas(choice).map((piece) => ({ ...common, choices: [piece], ...noUsage })),
  );
  if (asksForUsage && usage) chunks.push({ ...common, choices: [], usage });
  return `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`;
}

/** Its role, all that it says, and how it ended. */
function deltas({ index = 0, message, logprobs = null, finish_reason: reason = 'stop' }: JsonObject): JsonObject[] {
  const { role = 'assistant', content, tool_calls: calls, ...more } = isObject(message) ? message : {};
  const said: JsonObject = { ...more };
  if (content != null && content !== '') said.content = content;
  if (calls != null) said.tool_calls = numbered(calls);
  const piece = (delta: JsonObject, rest: JsonObject): JsonObject => ({ index, delta, ...rest });
  return [
    piece({ role, content: '' }, { logprobs: null, finish_reason: null }),
    ...(Object.keys(said).length > 0 ? [piece(said, { logprobs, finish_reason: null })] : []),
    piece({}, { logprobs: null, finish_reason: reason }),
  ];
}

function numbered(calls: JsonValue): JsonValue {
  return objectsOf(calls).map((call, index) => ({ index, ...call }));
}
