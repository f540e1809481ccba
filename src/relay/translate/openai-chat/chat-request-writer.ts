import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Conversation, OutputFormat, ParameterName, Tool, ToolChoice } from '../conversation.js';
import { compact } from '../json.js';
import type { Notes } from '../notes.js';
import { as, writeParameters, type ParameterWriter } from '../request-parameters.js';
import type { TranslationContext } from '../translation.js';
import { familyOf, type ChatFamily } from './chat-families.js';
import { writeMessages } from './chat-message-writer.js';
import { writeEffort } from './chat-effort.js';

const MAX_STOPS = 4;
/** As many hex digits as a SHA-256 has. */
const MAX_USER = 64;

/** Writes a request of `/chat/completions`. */
export function writeChatRequest(conversation: Conversation, context: TranslationContext): JsonObject {
  const { notes, model, mayAskForUsage } = context;
  const { isStreamed, toolChoice, isParallel, tools, format } = conversation;
  const family = familyOf(model);
  const hasTools = tools.length > 0;
  return {
    model: model.upstreamId,
    messages: writeMessages(conversation, notes),
    ...compact({
      tools: hasTools ? tools.map((tool) => writeTool(tool, notes)) : undefined,
      tool_choice: hasTools && toolChoice ? writeChoice(toolChoice) : undefined,
      parallel_tool_calls: hasTools ? isParallel : undefined,
      response_format: format && writeFormat(format),
      reasoning_effort: writeEffort(conversation.reasoning, family, notes),
      stream: isStreamed || undefined,
      stream_options: isStreamed && mayAskForUsage ? { include_usage: true } : undefined,
    }),
    ...writeParameters(conversation.parameters, writersFor(family), notes),
  };
}

function writersFor(family: ChatFamily): Readonly<Partial<Record<ParameterName, ParameterWriter>>> {
  return {
    maxTokens: as(family.maxTokens),
    ...(family.takesSampling && { temperature: as('temperature'), topP: as('top_p') }),
    ...(family.takesTopK && { topK: as('top_k') }),
    stop: writeStop,
    seed: as('seed'),
    presencePenalty: as('presence_penalty'),
    frequencyPenalty: as('frequency_penalty'),
    logitBias: as('logit_bias'),
    logprobs: as('logprobs'),
    topLogprobs: as('top_logprobs'),
    user: writeUser,
    serviceTier: (value) => (value === 'auto' ? { service_tier: 'auto' } : undefined),
    verbosity: as('verbosity'),
  };
}

function writeStop(value: JsonValue, notes: Notes): JsonObject {
  if (!Array.isArray(value) || value.length <= MAX_STOPS) return { stop: value };
  notes.lose('stop');
  return { stop: value.slice(0, MAX_STOPS) };
}

/** Longer names are refused; the same one always becomes the same. */
export function writeUser(value: JsonValue, notes: Notes): JsonObject {
  if (typeof value !== 'string' || value.length <= MAX_USER) return { user: value };
  notes.lose('user');
  return { user: createHash('sha256').update(value).digest('hex') };
}

function writeTool({ name, description, parameters, isStrict, cache }: Tool, notes: Notes): JsonObject {
  if (cache) notes.lose('cache_control');
  return { type: 'function', function: compact({ name, description, parameters, strict: isStrict }) };
}

function writeChoice(choice: ToolChoice): JsonValue {
  switch (choice.kind) {
    case 'tool':
      return { type: 'function', function: { name: choice.name } };
    case 'any':
      return 'required';
    default:
      return choice.kind;
  }
}

function writeFormat(format: OutputFormat): JsonObject {
  if (format.kind === 'json') return { type: 'json_object' };
  const { name = 'answer', description, schema, isStrict = true } = format;
  return { type: 'json_schema', json_schema: compact({ name, description, schema, strict: isStrict }) };
}
