import {
  isObject,
  listOf,
  plain,
  stream,
  type Answer,
  type Call,
  type Frame,
  type Json,
  type JsonObject,
} from '../answer.js';
import { grouped } from '../chat-stream.js';
import { countTokens } from '../pseudo-text.js';
import { takeTurn, type Ask, type Tool, type ToolCall, type Turn } from '../turn.js';
import { checkConversation } from './check-conversation.js';
import { AMAZON_STREAM, eventFrame, exceptionFrame } from './event-stream.js';

const IMAGE_TOKENS = 85;
const THINKING_TOKENS = 8;

/** `POST /model/{model}/converse`. */
export function converse(call: Call): Answer {
  const { turn, promptTokens } = answerOf(call);
  const content = [...thoughtBlocks(call, turn), ...textBlocks(turn), ...turn.toolCalls.map(callBlock)];
  const usage = usageOf(call, promptTokens, turn);
  const body = {
    output: { message: { role: 'assistant', content } },
    stopReason: stopOf(turn),
    metrics: { latencyMs: 1 },
    ...(usage && { usage }),
  };
  return plain(body, { inputTokens: promptTokens, outputTokens: turn.tokens });
}

/** `POST /model/{model}/converse-stream`. */
export function converseStream(call: Call): Answer {
  const { turn, promptTokens } = answerOf(call);
  const failure = () => exceptionFrame('modelStreamErrorException', 'The model broke down.');
  return { ...stream(frames(call, turn, promptTokens), promptTokens, failure), contentType: AMAZON_STREAM };
}

function answerOf(call: Call): { readonly turn: Turn; readonly promptTokens: number } {
  checkConversation(call.body);
  const prompt = promptOf(call.body);
  return { turn: takeTurn(toAsk(call, prompt.text)), promptTokens: prompt.tokens };
}

function* frames(call: Call, turn: Turn, promptTokens: number): Generator<Frame> {
  yield eventFrame('messageStart', { role: 'assistant' });
  for (const [index, block] of blocksOf(call, turn).entries()) yield* blockFrames(call, index, block);
  if (call.directives.omit?.split(',').includes('finish')) return;
  yield eventFrame('messageStop', { stopReason: stopOf(turn) });
  const usage = usageOf(call, promptTokens, turn);
  yield { ...eventFrame('metadata', { metrics: { latencyMs: 1 }, ...(usage && { usage }) }), hasUsage: true };
}

interface Streamed {
  readonly start?: JsonObject;
  readonly pieces: readonly string[];
  readonly delta: (text: string) => JsonObject;
  readonly signature?: string;
}

function blocksOf({ id }: Call, { reasoning, text, toolCalls }: Turn): Streamed[] {
  const thought = {
    pieces: reasoning,
    delta: (piece: string) => ({ reasoningContent: { text: piece } }),
    signature: id,
  };
  const said = { pieces: text, delta: (piece: string) => ({ text: piece }) };
  const calls = toolCalls.map((call) => ({
    start: { toolUse: { toolUseId: `tooluse_${call.id}`, name: call.name } },
    pieces: call.arguments,
    delta: (piece: string) => ({ toolUse: { input: piece } }),
  }));
  return [...[thought, said].filter(({ pieces }) => pieces.length > 0), ...calls];
}

function* blockFrames(call: Call, index: number, { start, pieces, delta, signature }: Streamed): Generator<Frame> {
  const at = { contentBlockIndex: index };
  if (start) yield eventFrame('contentBlockStart', { ...at, start });
  for (const part of grouped(pieces, call.directives.chunkTokens ?? 1)) {
    yield eventFrame('contentBlockDelta', { ...at, delta: delta(part.join('')) }, part.length);
  }
  if (signature !== undefined) {
    yield eventFrame('contentBlockDelta', { ...at, delta: { reasoningContent: { signature: `sig_${signature}` } } });
  }
  yield eventFrame('contentBlockStop', at);
}

function thoughtBlocks({ id }: Call, { reasoning }: Turn): JsonObject[] {
  if (reasoning.length === 0) return [];
  return [{ reasoningContent: { reasoningText: { text: reasoning.join(''), signature: `sig_${id}` } } }];
}

function textBlocks({ text }: Turn): JsonObject[] {
  return text.length > 0 ? [{ text: text.join('') }] : [];
}

function callBlock({ id, name, arguments: pieces }: ToolCall): JsonObject {
  return { toolUse: { toolUseId: `tooluse_${id}`, name, input: JSON.parse(pieces.join('')) as Json } };
}

function stopOf({ toolCalls, isTruncated }: Turn): string {
  if (toolCalls.length > 0) return 'tool_use';
  return isTruncated ? 'max_tokens' : 'end_turn';
}

/** `inputTokens` leaves out what came from the cache, and what went there. */
function usageOf({ directives }: Call, prompt: number, { tokens }: Turn): JsonObject | undefined {
  if (directives.usage === 'none') return undefined;
  const read = Math.min(directives.cached ?? 0, prompt);
  const write = Math.min(directives.cacheWrite ?? 0, prompt - read);
  return {
    inputTokens: prompt - read - write,
    outputTokens: tokens,
    totalTokens: prompt + tokens,
    cacheReadInputTokens: read,
    cacheWriteInputTokens: write,
  };
}

function promptOf({ system, messages }: JsonObject): { readonly text: string; readonly tokens: number } {
  const blocks = [...listOf(system), ...listOf(messages).flatMap((message) => listOf(objectOf(message).content))];
  const said = blocks.filter(isObject).flatMap((block) => [block, ...listOf(objectOf(block.toolResult).content)]);
  const all = said.filter(isObject);
  const text = all.flatMap((block) => (typeof block.text === 'string' ? [block.text] : [])).join('\n');
  return { text, tokens: countTokens(text) + all.filter((block) => 'image' in block).length * IMAGE_TOKENS };
}

function toAsk({ model, body, directives }: Call, prompt: string): Ask {
  const thinks = 'thinking' in objectOf(body.additionalModelRequestFields);
  const reasoning = directives.reasoning ?? (thinks ? THINKING_TOKENS : undefined);
  const maximum = objectOf(body.inferenceConfig).maxTokens;
  return {
    model,
    prompt,
    directives: { ...directives, ...(reasoning !== undefined && { reasoning }) },
    tools: isToolTurn(body) ? [] : chosenTools(objectOf(body.toolConfig)),
    isParallel: true,
    schema: schemaIn(body),
    maxTokens: typeof maximum === 'number' ? maximum : undefined,
  };
}

function schemaIn({ outputConfig }: JsonObject): Json | undefined {
  const { schema } = objectOf(objectOf(objectOf(objectOf(outputConfig).textFormat).structure).jsonSchema);
  return typeof schema === 'string' ? (JSON.parse(schema) as Json) : undefined;
}

function isToolTurn({ messages }: JsonObject): boolean {
  return listOf(objectOf(listOf(messages).at(-1)).content).some((block) => 'toolResult' in objectOf(block));
}

function chosenTools({ tools, toolChoice }: JsonObject): Tool[] {
  const wanted = objectOf(objectOf(toolChoice).tool).name;
  return listOf(tools)
    .map((tool) => objectOf(objectOf(tool).toolSpec))
    .filter(({ name }) => typeof name === 'string' && (wanted === undefined || name === wanted))
    .map(({ name, inputSchema }) => ({ name: String(name), parameters: objectOf(inputSchema).json }));
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
