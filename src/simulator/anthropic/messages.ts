import { isObject, listOf, plain, stream, type Answer, type Call, type Json, type JsonObject } from '../answer.js';
import { countTokens } from '../pseudo-text.js';
import { takeTurn, type Ask, type Tool, type Turn } from '../turn.js';
import { anthropicFailure } from './anthropic-dialect.js';
import { checkMessages, checkSettings } from './check-messages.js';
import { messageFrames } from './message-stream.js';

const IMAGE_TOKENS = 85;
const THINKING_TOKENS = 8;

/** `POST /messages`. */
export function messages(call: Call): Answer {
  const { body } = call;
  checkMessages(body);
  checkSettings(body);
  const prompt = promptOf(body);
  const turn = takeTurn(toAsk(call, prompt.text));
  const message = messageOf(call, turn, prompt.tokens);
  if (body.stream === true) {
    return stream(messageFrames(call, message, turn), prompt.tokens, anthropicFailure);
  }
  return plain(message, { inputTokens: prompt.tokens, outputTokens: turn.tokens });
}

/** `POST /messages/count_tokens`. It generates nothing. */
export function countMessageTokens(call: Call): Answer {
  checkMessages(call.body);
  return plain({ input_tokens: promptOf(call.body).tokens }, {});
}

/** The prompt's texts, and its tokens: those of the texts, and a fixed number for each picture. */
function promptOf({ system, messages: all }: JsonObject): { readonly text: string; readonly tokens: number } {
  const texts = textsOf(system);
  let images = 0;
  for (const message of listOf(all).filter(isObject)) {
    texts.push(...textsOf(message.content));
    for (const block of listOf(message.content).filter(isObject)) {
      if (block.type === 'image') images++;
      if (block.type === 'tool_result') texts.push(...textsOf(block.content));
    }
  }
  const text = texts.join('\n');
  return { text, tokens: countTokens(text) + images * IMAGE_TOKENS };
}

function textsOf(content: Json | undefined): string[] {
  if (typeof content === 'string') return [content];
  return listOf(content)
    .filter(isObject)
    .map(({ text }) => text)
    .filter((text) => typeof text === 'string');
}

function toAsk({ model, body, directives }: Call, prompt: string): Ask {
  const choice = objectOf(body.tool_choice);
  const thinking = objectOf(body.thinking);
  const thinks = thinking.type === 'enabled' || thinking.type === 'adaptive';
  const reasoning = directives.reasoning ?? (thinks ? THINKING_TOKENS : undefined);
  return {
    model,
    prompt,
    directives: { ...directives, ...(reasoning !== undefined && { reasoning }) },
    tools: isToolTurn(body) || choice.type === 'none' ? [] : chosenTools(listOf(body.tools), choice),
    isParallel: choice.disable_parallel_tool_use !== true,
    schema: objectOf(objectOf(body.output_config).format).schema,
    maxTokens: Number(body.max_tokens),
  };
}

function isToolTurn({ messages: all }: JsonObject): boolean {
  const { content } = objectOf(listOf(all).at(-1));
  return listOf(content).some((block) => objectOf(block).type === 'tool_result');
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function chosenTools(tools: Json[], choice: JsonObject): Tool[] {
  return tools
    .filter(isObject)
    .filter(({ name }) => choice.type !== 'tool' || name === choice.name)
    .map(({ name, input_schema: parameters }) => ({ name: String(name), parameters }));
}

function messageOf(call: Call, turn: Turn, inputTokens: number): JsonObject {
  return {
    id: `msg_${call.id}`,
    type: 'message',
    role: 'assistant',
    model: call.model,
    content: contentOf(call, turn),
    stop_reason: stopReason(turn),
    stop_sequence: null,
    usage: usageOf(call, inputTokens, turn),
  };
}

function contentOf({ id }: Call, turn: Turn): JsonObject[] {
  const content: JsonObject[] = [];
  if (turn.reasoning.length > 0) {
    content.push({ type: 'thinking', thinking: turn.reasoning.join(''), signature: `sig_${id}` });
  }
  if (turn.toolCalls.length === 0) content.push({ type: 'text', text: turn.text.join('') });
  for (const { id: callId, name, arguments: pieces } of turn.toolCalls) {
    content.push({ type: 'tool_use', id: `tool${callId}`, name, input: JSON.parse(pieces.join('')) as Json });
  }
  return content;
}

function stopReason(turn: Turn): string {
  if (turn.toolCalls.length > 0) return 'tool_use';
  return turn.isTruncated ? 'max_tokens' : 'end_turn';
}

/** `input_tokens` leaves out what came from the cache, and what went there. */
function usageOf({ directives }: Call, prompt: number, { tokens, reasoning }: Turn): JsonObject {
  const read = Math.min(directives.cached ?? 0, prompt);
  const hour = Math.min(directives.cacheWrite1h ?? 0, prompt - read);
  const minutes = Math.min(directives.cacheWrite ?? 0, prompt - read - hour);
  return {
    input_tokens: prompt - read - hour - minutes,
    cache_creation_input_tokens: hour + minutes,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: minutes, ephemeral_1h_input_tokens: hour },
    output_tokens: tokens,
    output_tokens_details: reasoning.length > 0 ? { thinking_tokens: reasoning.length } : null,
    service_tier: 'standard',
  };
}
