import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Conversation, TextBlock, Tool } from '../conversation.js';
import { compact, numberOf } from '../json.js';
import type { Notes } from '../notes.js';
import { as, writeParameters, type ParameterWriter } from '../request-parameters.js';
import type { TranslationContext } from '../translation.js';
import { wellFormed } from '../well-formed-turns.js';
import { writeTurn } from './message-block-writer.js';
import { writeThinking } from './message-thinking.js';

const DEFAULT_MAX_TOKENS = 4096;
const JSON_ONLY = 'Answer with one JSON object and nothing else.';

/** Writes a request of `/messages`. */
export function writeMessageRequest(conversation: Conversation, context: TranslationContext): JsonObject {
  const { notes, model } = context;
  const { format, isStreamed } = conversation;
  const turns = wellFormed(conversation.turns, notes).map((turn) => writeTurn(turn, notes));
  const tools = toolsOf(conversation);
  const parameters = writeParameters(conversation.parameters, WRITERS, notes);
  const body: JsonObject = {
    ...parameters,
    model: model.upstreamId,
    max_tokens: maxTokensOf(parameters, context),
    ...compact({
      system: writeSystem(conversation, notes),
      tools: tools.length > 0 ? tools.map(writeTool) : undefined,
      tool_choice: tools.length > 0 ? writeChoice(conversation) : undefined,
      output_config: format?.kind === 'schema' ? { format: { type: 'json_schema', schema: format.schema } } : undefined,
      stream: isStreamed || undefined,
    }),
    messages: turns.map(({ role, blocks }, index) => ({
      role,
      content: trimmed(blocks, role, index === turns.length - 1),
    })),
  };
  return writeThinking(body, conversation, context);
}

const WRITERS: Readonly<Record<string, ParameterWriter>> = {
  maxTokens: as('max_tokens'),
  temperature: writeTemperature,
  topP: as('top_p'),
  topK: as('top_k'),
  stop: writeStop,
  user: (user) => (typeof user === 'string' ? { metadata: { user_id: user } } : undefined),
  serviceTier: (tier) => (tier === 'auto' ? { service_tier: 'auto' } : undefined),
};

function writeTemperature(value: JsonValue, notes: Notes): JsonObject {
  if (typeof value !== 'number' || value <= 1) return { temperature: value };
  notes.lose('temperature');
  return { temperature: 1 };
}

function writeStop(value: JsonValue, notes: Notes): JsonObject | undefined {
  const all = typeof value === 'string' ? [value] : Array.isArray(value) ? value : [];
  const kept = all.filter((stop) => typeof stop === 'string' && stop.trim() !== '');
  if (kept.length < all.length) notes.lose('stop');
  return kept.length > 0 ? { stop_sequences: kept } : undefined;
}

/** Anthropic wants a maximum; a client of another dialect need not have one. */
function maxTokensOf({ max_tokens: asked }: JsonObject, { model, notes }: TranslationContext): number {
  const limit = model.maxOutput ?? Infinity;
  const wanted = numberOf(asked);
  if (wanted !== undefined && wanted > limit) notes.lose('max_tokens');
  return Math.min(wanted ?? numberOf(model.defaults?.max_tokens) ?? DEFAULT_MAX_TOKENS, limit);
}

/** One text, or blocks where one of them has a cache mark. */
function writeSystem({ system, format }: Conversation, notes: Notes): JsonValue | undefined {
  const all: TextBlock[] = system.filter(({ text }) => text.trim() !== '');
  if (format?.kind === 'json') {
    notes.lose('response_format');
    all.push({ kind: 'text', text: JSON_ONLY });
  }
  if (all.length === 0) return undefined;
  if (!all.some(({ cache }) => cache)) return all.map(({ text }) => text).join('\n');
  return all.map(({ text, cache }) => compact({ type: 'text', text, cache_control: cache }));
}

/** A conversation in which tools were called must name some, even if it offers none any more. */
function toolsOf({ tools, turns }: Conversation): readonly Tool[] {
  if (tools.length > 0) return tools;
  const names = turns.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.kind === 'tool_call' ? [block.name] : [])),
  );
  return [...new Set(names)].map((name) => ({ name, parameters: { type: 'object', properties: {} } }));
}

function writeTool({ name, description, parameters, isStrict, cache }: Tool): JsonObject {
  return compact({ name, description, input_schema: parameters, strict: isStrict, cache_control: cache });
}

function writeChoice({ tools, toolChoice, isParallel }: Conversation): JsonObject | undefined {
  if (tools.length === 0) return { type: 'none' };
  const isSerial = isParallel === undefined ? undefined : !isParallel;
  if (!toolChoice) return isSerial ? { type: 'auto', disable_parallel_tool_use: true } : undefined;
  if (toolChoice.kind === 'none') return { type: 'none' };
  const name = toolChoice.kind === 'tool' ? toolChoice.name : undefined;
  return compact({ type: toolChoice.kind, name, disable_parallel_tool_use: isSerial });
}

/** Anthropic refuses white space at the end of what the model shall continue. */
function trimmed(blocks: JsonObject[], role: string, isLast: boolean): JsonObject[] {
  const last = blocks.at(-1);
  if (!isLast || role !== 'assistant' || typeof last?.text !== 'string') return blocks;
  return [...blocks.slice(0, -1), { ...last, text: last.text.trimEnd() }];
}
