import { grouped } from '../chat-stream.js';
import {
  isObject,
  listOf,
  plain,
  Refusal,
  stream,
  type Answer,
  type Call,
  type Frame,
  type Json,
  type JsonObject,
} from '../answer.js';
import { countTokens } from '../pseudo-text.js';
import { takeTurn, type Ask, type Tool, type Turn } from '../turn.js';
import { checkContents } from './check-contents.js';
import { geminiFailure } from './gemini-dialect.js';

const IMAGE_TOKENS = 85;
const THINKING_TOKENS = 8;

/** `POST /models/{model}:generateContent`. */
export function generateContent(call: Call): Answer {
  const { turn, promptTokens } = answerOf(call);
  const parts = [...thoughtParts(turn.reasoning), ...textParts(turn.text), ...callParts(turn)];
  const usage = usageOf(call, promptTokens, turn);
  return plain(chunk(call, parts, { finish: finishOf(turn), usage }), {
    inputTokens: promptTokens,
    outputTokens: turn.tokens,
  });
}

/** `POST /models/{model}:streamGenerateContent?alt=sse`. */
export function streamGenerateContent(call: Call): Answer {
  const { turn, promptTokens } = answerOf(call);
  return stream(frames(call, turn, promptTokens), promptTokens, geminiFailure);
}

function answerOf(call: Call): { readonly turn: Turn; readonly promptTokens: number } {
  checkContents(call.body);
  const prompt = promptOf(call.body);
  return { turn: takeTurn(toAsk(call, prompt.text)), promptTokens: prompt.tokens };
}

function* frames(call: Call, turn: Turn, promptTokens: number): Generator<Frame> {
  const size = call.directives.chunkTokens ?? 1;
  const frame = (parts: JsonObject[], tokens: number, ending: Ending = {}): Frame => ({
    data: JSON.stringify(chunk(call, parts, ending)),
    tokens,
    hasUsage: ending.usage !== undefined,
  });
  for (const part of grouped(turn.reasoning, size)) yield frame(thoughtParts(part), part.length);
  for (const part of grouped(turn.text, size)) yield frame(textParts(part), part.length);
  for (const [index, { arguments: pieces }] of turn.toolCalls.entries()) {
    yield frame(callParts(turn).slice(index, index + 1), pieces.length);
  }
  if (call.directives.omit?.split(',').includes('finish')) return;
  yield frame([], 0, { finish: finishOf(turn), usage: usageOf(call, promptTokens, turn) });
}

interface Ending {
  readonly finish?: string;
  readonly usage?: JsonObject | undefined;
}

function chunk(call: Call, parts: JsonObject[], { finish, usage }: Ending): JsonObject {
  const content = { role: 'model', parts };
  const { padding } = call.directives;
  return {
    candidates: [{ content, index: 0, ...(finish !== undefined && { finishReason: finish, safetyRatings: [] }) }],
    ...(usage && { usageMetadata: usage }),
    modelVersion: call.model,
    responseId: call.id,
    ...(padding && { padding: 'x'.repeat(padding) }),
  };
}

function thoughtParts(pieces: readonly string[]): JsonObject[] {
  return pieces.length > 0 ? [{ text: pieces.join(''), thought: true }] : [];
}

function textParts(pieces: readonly string[]): JsonObject[] {
  return pieces.length > 0 ? [{ text: pieces.join('') }] : [];
}

/** The first of a turn's calls is signed. */
function callParts({ toolCalls }: Turn): JsonObject[] {
  return toolCalls.map(({ name, arguments: pieces }, index) => ({
    functionCall: { name, args: JSON.parse(pieces.join('')) as Json },
    ...(index === 0 && { thoughtSignature: 'c2lnbmVk' }),
  }));
}

function finishOf({ isTruncated }: Turn): string {
  return isTruncated ? 'MAX_TOKENS' : 'STOP';
}

function usageOf({ directives }: Call, prompt: number, { tokens, reasoning }: Turn): JsonObject | undefined {
  if (directives.usage === 'none') return undefined;
  const thoughts = reasoning.length;
  return {
    promptTokenCount: prompt,
    ...(directives.cached !== undefined && { cachedContentTokenCount: Math.min(directives.cached, prompt) }),
    candidatesTokenCount: tokens - thoughts,
    ...(thoughts > 0 && { thoughtsTokenCount: thoughts }),
    totalTokenCount: prompt + tokens,
  };
}

function promptOf({ contents, systemInstruction }: JsonObject): { readonly text: string; readonly tokens: number } {
  const all = [systemInstruction, ...listOf(contents)].filter(isObject);
  const parts = all.flatMap((content) => listOf(content.parts).filter(isObject));
  const text = parts.flatMap((part) => (typeof part.text === 'string' ? [part.text] : [])).join('\n');
  const images = parts.filter((part) => 'inlineData' in part || 'fileData' in part).length;
  return { text, tokens: countTokens(text) + images * IMAGE_TOKENS };
}

function toAsk({ model, body, directives }: Call, prompt: string): Ask {
  const config = objectOf(body.generationConfig);
  const thinking = objectOf(config.thinkingConfig);
  const reasoning = directives.reasoning ?? (thinking.includeThoughts === true ? THINKING_TOKENS : undefined);
  const isJson = config.responseMimeType === 'application/json';
  return {
    model,
    prompt,
    directives: { ...directives, ...(reasoning !== undefined && { reasoning }) },
    tools: isToolTurn(body) ? [] : chosenTools(body),
    isParallel: true,
    schema: config.responseJsonSchema ?? (isJson || undefined),
    maxTokens: maximumIn(config),
  };
}

function maximumIn({ maxOutputTokens: maximum }: JsonObject): number | undefined {
  if (maximum === undefined) return undefined;
  if (typeof maximum === 'number' && maximum >= 1) return maximum;
  throw new Refusal(400, 'Invalid value at generation_config.max_output_tokens');
}

function isToolTurn({ contents }: JsonObject): boolean {
  const last = objectOf(listOf(contents).at(-1));
  return listOf(last.parts).some((part) => 'functionResponse' in objectOf(part));
}

function chosenTools({ tools, toolConfig }: JsonObject): Tool[] {
  const { mode, allowedFunctionNames } = objectOf(objectOf(toolConfig).functionCallingConfig);
  const allowed = listOf(allowedFunctionNames);
  if (mode === 'NONE') return [];
  return listOf(tools)
    .flatMap((tool) => listOf(objectOf(tool).functionDeclarations).filter(isObject))
    .filter(({ name }) => allowed.length === 0 || allowed.includes(name ?? null))
    .map(({ name, parametersJsonSchema }) => ({ name: String(name), parameters: parametersJsonSchema }));
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
