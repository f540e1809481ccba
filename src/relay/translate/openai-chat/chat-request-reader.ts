import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Conversation, OutputFormat, Reasoning, Tool, ToolChoice } from '../conversation.js';
import { booleanOf, isObject, objectOf, objectsOf, textOf, textOr, wrong } from '../json.js';
import type { Notes } from '../notes.js';
import { readParameters, type ParameterTable } from '../request-parameters.js';
import type { TranslationContext } from '../translation.js';
import { readMessages } from './chat-message-reader.js';

/** How chat completions call the settings that all dialects share. */
export const CHAT_PARAMETERS: ParameterTable = {
  max_completion_tokens: 'maxTokens',
  max_tokens: 'maxTokens',
  temperature: 'temperature',
  top_p: 'topP',
  top_k: 'topK',
  stop: 'stop',
  seed: 'seed',
  presence_penalty: 'presencePenalty',
  frequency_penalty: 'frequencyPenalty',
  logit_bias: 'logitBias',
  logprobs: 'logprobs',
  top_logprobs: 'topLogprobs',
  user: 'user',
  service_tier: 'serviceTier',
  verbosity: 'verbosity',
};

const OTHERS = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'n',
]);

/** Reads a request of `/chat/completions`. */
export function readChatRequest(body: JsonObject, { notes, isStreamed }: TranslationContext): Conversation {
  if (typeof body.n === 'number' && body.n > 1) {
    throw wrong('The model that serves this gives one choice only: n must be 1.', 'n');
  }
  const { system, turns } = readMessages(body.messages, notes);
  return {
    system,
    turns,
    tools: readTools(body.tools, notes),
    toolChoice: readChoice(body.tool_choice, notes),
    isParallel: booleanOf(body.parallel_tool_calls),
    format: readFormat(body.response_format),
    reasoning: readReasoning(textOf(body.reasoning_effort)),
    parameters: readParameters(withoutNothing(body), CHAT_PARAMETERS, OTHERS, notes),
    isStreamed,
  };
}

/** Settings that say what is so anyway are nothing to be dropped. */
function withoutNothing(body: JsonObject): JsonObject {
  const { logprobs, store, modalities, ...rest } = body;
  const isTextOnly = Array.isArray(modalities) && modalities.every((one) => one === 'text');
  return {
    ...rest,
    ...(logprobs ? { logprobs } : {}),
    ...(store ? { store } : {}),
    ...(modalities === undefined || isTextOnly ? {} : { modalities }),
  };
}

function readTools(tools: JsonValue | undefined, notes: Notes): Tool[] {
  return objectsOf(tools).flatMap(({ type, function: described }): Tool[] => {
    if (type !== 'function' || !isObject(described)) {
      notes.drop(`tools[${textOr(type)}]`);
      return [];
    }
    const { name, description, parameters, strict } = described;
    if (typeof name !== 'string') throw wrong('Each function must have a name.', 'tools');
    const schema = isObject(parameters) ? parameters : { type: 'object', properties: {} };
    return [{ name, description: textOf(description), parameters: schema, isStrict: booleanOf(strict) }];
  });
}

const CHOICES: Readonly<Record<string, ToolChoice>> = {
  auto: { kind: 'auto' },
  required: { kind: 'any' },
  none: { kind: 'none' },
};

function readChoice(choice: JsonValue | undefined, notes: Notes): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined;
  if (typeof choice === 'string') {
    const known = Object.hasOwn(CHOICES, choice) ? CHOICES[choice] : undefined;
    if (known) return known;
    throw wrong(`There is no tool choice "${choice.slice(0, 40)}".`, 'tool_choice');
  }
  const name = textOf(objectOf(objectOf(choice).function).name);
  if (name !== undefined) return { kind: 'tool', name };
  notes.drop('tool_choice');
  return undefined;
}

function readFormat(format: JsonValue | undefined): OutputFormat | undefined {
  const { type, json_schema: described } = objectOf(format);
  if (type === 'json_object') return { kind: 'json' };
  if (type !== 'json_schema') return undefined;
  const { schema, name, description, strict } = objectOf(described);
  if (!isObject(schema)) return { kind: 'json' };
  return { kind: 'schema', schema, name: textOf(name), description: textOf(description), isStrict: booleanOf(strict) };
}

function readReasoning(effort: string | undefined): Reasoning | undefined {
  if (effort === undefined) return undefined;
  return {
    mode: effort === 'none' ? 'off' : 'on',
    effort: effort === 'none' ? undefined : effort,
    name: 'reasoning_effort',
  };
}
