import { countField, isObject, listOf, plain, Refusal, stream, UPSET } from './answer.js';
import type { Answer, Call, Frame, Json, JsonObject, KeptResponse } from './answer.js';
import { countTokens } from './pseudo-text.js';
import { eventsOf, failedEvent, type Item } from './responses-stream.js';
import { asQueued } from './response-states.js';
import { takeTurn, type Ask, type Tool, type Turn } from './turn.js';

const IMAGE_TOKENS = 85;

/** `POST /responses`. Tools and items of types it does not know are passed over, as they are by OpenAI's own clients. */
export function responses(call: Call): Answer {
  const prompt = promptOf(call.body);
  const turn = takeTurn(toAsk(call, prompt));
  const inputTokens = countTokens(prompt) + IMAGE_TOKENS * imagesIn(call.body);
  const items = itemsOf(call, turn);
  const response = responseOf(call, turn, inputTokens);
  const whole = { ...response, output: items.map(({ item }) => item) };
  const { polls = 0, ends = 'well' } = call.directives;
  const isBackground = call.body.background === true;
  const made: KeptResponse = { response: whole, input: inputItems(call), events: () => eventsOf(response, items) };
  const kept: KeptResponse = isBackground ? { ...made, making: { polls, ends } } : made;
  if (call.body.stream === true) {
    const failure = (sent: number): Frame => failedEvent(response, UPSET, sent);
    return { ...stream(eventsOf(response, items), inputTokens, failure), kept };
  }
  if (isBackground) return plain(asQueued(whole), { inputTokens, kept });
  return plain(whole, { inputTokens, outputTokens: turn.tokens, kept });
}

function inputItems({ id, body: { input } }: Call): Json[] {
  const items = typeof input === 'string' ? [{ role: 'user', content: [{ type: 'input_text', text: input }] }] : input;
  return listOf(items).map((item, index) =>
    isObject(item) ? { id: `msg_in_${id}${index}`, type: 'message', status: 'completed', ...item } : item,
  );
}

function imagesIn({ input }: JsonObject): number {
  const parts = listOf(input).flatMap((item) => (isObject(item) ? listOf(item.content) : []));
  return parts.filter((part) => isObject(part) && part.type === 'input_image').length;
}

function promptOf({ input, instructions }: JsonObject): string {
  const texts: string[] = typeof instructions === 'string' ? [instructions] : [];
  if (typeof input === 'string') return [...texts, input].join('\n');
  if (!Array.isArray(input)) {
    throw new Refusal(400, "Missing required parameter: 'input'.", {
      param: 'input',
      code: 'missing_required_parameter',
    });
  }
  for (const item of input.filter(isObject)) {
    if (typeof item.content === 'string') texts.push(item.content);
    if (typeof item.output === 'string') texts.push(item.output);
    for (const part of listOf(item.content).filter(isObject)) {
      if (typeof part.text === 'string') texts.push(part.text);
    }
  }
  return texts.join('\n');
}

function toAsk({ model, directives, body }: Call, prompt: string): Ask {
  const format = isObject(body.text) && isObject(body.text.format) ? body.text.format : {};
  return {
    model,
    prompt,
    directives,
    tools: isToolTurn(listOf(body.input)) || body.tool_choice === 'none' ? [] : functionsOf(listOf(body.tools)),
    isParallel: body.parallel_tool_calls !== false,
    schema: format.type === 'json_object' ? true : format.schema,
    maxTokens: countField(body, 'max_output_tokens'),
  };
}

/** Whether results of tools came after what the model said last. */
function isToolTurn(input: Json[]): boolean {
  const kinds = input.map((item) => (isObject(item) ? (item.role ?? item.type ?? null) : null));
  return (
    kinds.lastIndexOf('function_call_output') >
    Math.max(kinds.lastIndexOf('assistant'), kinds.lastIndexOf('function_call'))
  );
}

function functionsOf(tools: Json[]): Tool[] {
  return tools
    .filter(isObject)
    .filter(({ type }) => type === 'function')
    .map(({ name, parameters }) => ({ name: String(name), parameters }));
}

/** With its summary, as open models give it unasked; sealed for who asks. */
function thought({ id, body }: Call, { reasoning }: Turn): JsonObject {
  const item = { id: `rs_${id}`, type: 'reasoning', summary: [{ type: 'summary_text', text: reasoning.join('') }] };
  const isAsked = listOf(body.include).includes('reasoning.encrypted_content');
  return isAsked ? { ...item, encrypted_content: `sealed-${id}` } : item;
}

function itemsOf(call: Call, turn: Turn): Item[] {
  const { id } = call;
  const status = turn.isTruncated ? 'incomplete' : 'completed';
  const items: Item[] = [];
  if (turn.reasoning.length > 0) {
    items.push({ item: thought(call, turn), pieces: turn.reasoning });
  }
  for (const [index, { id: callId, name, arguments: pieces }] of turn.toolCalls.entries()) {
    const call = { type: 'function_call', call_id: callId, name, arguments: pieces.join(''), status: 'completed' };
    items.push({ item: { id: `fc_${id}${index}`, ...call }, pieces });
  }
  if (turn.toolCalls.length === 0) {
    const text = { type: 'output_text', text: turn.text.join(''), annotations: [], logprobs: [] };
    const item = { id: `msg_${id}`, type: 'message', status, role: 'assistant', content: [text] };
    items.push({ item, pieces: turn.text });
  }
  return items;
}

/** What a response repeats of its request, with OpenAI's defaults. */
const ECHOED: JsonObject = {
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  store: true,
  temperature: 1,
  text: { format: { type: 'text' }, verbosity: 'medium' },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: 'disabled',
  user: null,
  metadata: {},
};

/** The response as it is at its end, but for its output. */
function responseOf(call: Call, turn: Turn, inputTokens: number): JsonObject {
  const echoed = Object.entries(ECHOED).map(([name, fallback]) => [name, call.body[name] ?? fallback]);
  return {
    id: `resp_${call.id}`,
    object: 'response',
    created_at: call.createdSeconds,
    status: turn.isTruncated ? 'incomplete' : 'completed',
    background: call.body.background === true,
    error: null,
    incomplete_details: turn.isTruncated ? { reason: 'max_output_tokens' } : null,
    model: call.model,
    output: [],
    service_tier: 'default',
    usage: call.directives.usage === 'none' ? null : usageOf(call, turn, inputTokens),
    ...Object.fromEntries(echoed),
  };
}

function usageOf({ directives }: Call, turn: Turn, inputTokens: number): JsonObject {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: Math.min(directives.cached ?? 0, inputTokens), cache_write_tokens: 0 },
    output_tokens: turn.tokens,
    output_tokens_details: { reasoning_tokens: turn.reasoning.length },
    total_tokens: inputTokens + turn.tokens,
  };
}
