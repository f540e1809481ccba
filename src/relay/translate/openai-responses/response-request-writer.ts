import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Conversation, OutputFormat, ParameterName, Tool, ToolChoice } from '../conversation.js';
import { compact } from '../json.js';
import type { Notes } from '../notes.js';
import { writeEffort } from '../openai-chat/chat-effort.js';
import { familyOf, type ChatFamily } from '../openai-chat/chat-families.js';
import { writeUser } from '../openai-chat/chat-request-writer.js';
import { as, writeParameters, type ParameterWriter } from '../request-parameters.js';
import type { TranslationContext } from '../translation.js';
import { writeInput } from './response-item-writer.js';

/** Writes a request of `/responses`. Nothing of it is kept there; thoughts come sealed, to be sent back. */
export function writeResponseRequest(conversation: Conversation, { notes, model }: TranslationContext): JsonObject {
  const { system, format, reasoning, isStreamed } = conversation;
  if (system.some(({ cache }) => cache)) notes.lose('cache_control');
  const family = familyOf(model);
  const effort = writeEffort(reasoning, family, notes);
  const instructions = system.map(({ text }) => text).join('\n');
  const { verbosity, ...parameters } = writeParameters(conversation.parameters, writersFor(family), notes);
  const text = compact({ format: format && writeFormat(format), verbosity });
  return {
    model: model.upstreamId,
    input: writeInput(conversation, notes),
    store: false,
    ...compact({
      instructions: instructions === '' ? undefined : instructions,
      text: Object.keys(text).length > 0 ? text : undefined,
      reasoning: effort === undefined ? undefined : { effort, summary: 'auto' },
      include: family.efforts.length > 0 ? ['reasoning.encrypted_content'] : undefined,
      stream: isStreamed || undefined,
    }),
    ...writeTools(conversation, notes),
    ...parameters,
  };
}

function writersFor({ takesSampling }: ChatFamily): Readonly<Partial<Record<ParameterName, ParameterWriter>>> {
  return {
    maxTokens: as('max_output_tokens'),
    ...(takesSampling && { temperature: as('temperature'), topP: as('top_p') }),
    topLogprobs: as('top_logprobs'),
    user: writeUser,
    serviceTier: (value) => (value === 'auto' ? { service_tier: 'auto' } : undefined),
    verbosity: as('verbosity'),
  };
}

function writeTools({ tools, toolChoice, isParallel }: Conversation, notes: Notes): JsonObject {
  if (tools.length === 0) return {};
  return compact({
    tools: tools.map((tool) => writeTool(tool, notes)),
    tool_choice: toolChoice && writeChoice(toolChoice),
    parallel_tool_calls: isParallel,
  });
}

function writeTool({ name, description, parameters, isStrict, cache }: Tool, notes: Notes): JsonObject {
  if (cache) notes.lose('cache_control');
  return compact({ type: 'function', name, description, parameters, strict: isStrict ?? false });
}

function writeChoice(choice: ToolChoice): JsonValue {
  if (choice.kind === 'tool') return { type: 'function', name: choice.name };
  return choice.kind === 'any' ? 'required' : choice.kind;
}

function writeFormat(format: OutputFormat): JsonObject {
  if (format.kind === 'json') return { type: 'json_object' };
  const { name = 'answer', description, schema, isStrict = true } = format;
  return compact({ type: 'json_schema', name, description, schema, strict: isStrict });
}
