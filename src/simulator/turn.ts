import type { Json, JsonObject } from './answer.js';
import type { Directives } from './directives.js';
import { pieces, seedOf, slices } from './pseudo-text.js';
import { exampleOf } from './schema-example.js';

const DEFAULT_TOKENS = 16;
const DEFAULT_REASONING = 8;

export interface Tool {
  readonly name: string;
  readonly parameters: Json | undefined;
}

/** What a request of any dialect comes down to. */
export interface Ask {
  readonly model: string;
  /** All texts of the prompt. */
  readonly prompt: string;
  /** The tools that this turn may call; none after their results came. */
  readonly tools: readonly Tool[];
  readonly isParallel: boolean;
  /** The schema of a structured answer; `true` any JSON. */
  readonly schema: Json | undefined;
  readonly maxTokens: number | undefined;
  readonly directives: Directives;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON, in pieces of one token each. */
  readonly arguments: readonly string[];
}

/** What the model says, in pieces of one token each. */
export interface Turn {
  readonly reasoning: readonly string[];
  readonly text: readonly string[];
  readonly toolCalls: readonly ToolCall[];
  /** The answer hit the caller's maximum. */
  readonly isTruncated: boolean;
  readonly tokens: number;
}

/** Decides what is said, the same for the same request; `choice` tells the answers of one request apart. */
export function takeTurn(given: Ask, choice = 0): Turn {
  const ask = given.directives.ignore === 'max' ? { ...given, maxTokens: undefined } : given;
  const seed = seedOf(ask.prompt) + seedOf(ask.model) + choice;
  const reasoning = pieces(seed ^ 0x5bd1, reasoningTokens(ask));
  const calls = ask.schema === undefined ? callsOf(ask, seed) : [];
  const isWritten = ask.directives.toolText !== undefined && calls.length > 0;
  const toolCalls = isWritten ? [] : calls;
  const wanted = isWritten ? slices(asGemma(calls)) : calls.length > 0 ? [] : textOf(ask, seed);
  const text = wanted.slice(0, Math.max(0, (ask.maxTokens ?? Infinity) - reasoning.length));
  const argumentTokens = toolCalls.reduce((sum, call) => sum + call.arguments.length, 0);
  const isTruncated = text.length < wanted.length;
  return { reasoning, text, toolCalls, isTruncated, tokens: reasoning.length + text.length + argumentTokens };
}

function reasoningTokens({ model, directives, maxTokens = Infinity }: Ask): number {
  const wanted = directives.reasoning ?? (model.includes('reason') ? DEFAULT_REASONING : 0);
  return Math.min(wanted, maxTokens);
}

function textOf({ schema, directives }: Ask, seed: number): string[] {
  if (directives.say !== undefined) return slices(directives.say);
  if (schema === undefined) return pieces(seed, directives.tokens ?? DEFAULT_TOKENS);
  return slices(JSON.stringify(schema === true ? { answer: pieces(seed, 4).join('') } : exampleOf(schema)));
}

function callsOf(ask: Ask, seed: number): ToolCall[] {
  const { directives, isParallel } = ask;
  const tools = wantedTools(ask);
  const count =
    directives.tool === undefined ? (directives.toolCalls ?? (isParallel ? Math.min(2, tools.length) : 1)) : 1;
  return Array.from({ length: tools.length > 0 ? count : 0 }, (_, index) => {
    const tool = tools[index % tools.length];
    const id = `call_${((seed + index) >>> 0).toString(36)}${index}`;
    const input = directives.toolInput ?? JSON.stringify(exampleOf(tool?.parameters ?? {}));
    return { id, name: tool?.name ?? '', arguments: slices(input) };
  });
}

function wantedTools({ tools, directives: { tool, say, toolCalls } }: Ask): readonly Tool[] {
  if (tool !== undefined) return tools.filter(({ name }) => name === tool);
  return say === undefined || toolCalls !== undefined ? tools : [];
}

function asGemma(calls: readonly ToolCall[]): string {
  const written = calls.map(({ name, arguments: text }) => {
    return `<|tool_call>call:${name}${gemmaValue(JSON.parse(text.join('')) as Json)}<tool_call|>`;
  });
  return `<|channel>thought\nI need a tool.<channel|>Let me look.${written.join('')}`;
}

function gemmaValue(value: Json): string {
  if (typeof value === 'string') return `<|"|>${value}<|"|>`;
  if (Array.isArray(value)) return `[${value.map(gemmaValue).join(',')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, member]) => `${key}:${gemmaValue(member)}`)
    .join(',')}}`;
}

/** A made-up but well-formed log probability of a piece. */
export function logprob(token: string): JsonObject {
  const bytes = [...Buffer.from(token)];
  return { token, logprob: -0.25, bytes, top_logprobs: [{ token, logprob: -0.25, bytes }] };
}

export function finishReason(turn: Turn): string {
  if (turn.toolCalls.length > 0) return 'tool_calls';
  return turn.isTruncated ? 'length' : 'stop';
}
