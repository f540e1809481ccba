import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Conversation, OutputFormat, Reasoning, Tool, ToolChoice } from '../conversation.js';
import { booleanOf, isObject, numberOf, objectOf, objectsOf, textOf, textOr, wrong } from '../json.js';
import type { Notes } from '../notes.js';
import { readParameters, type ParameterTable } from '../request-parameters.js';
import type { TranslationContext } from '../translation.js';
import { readSystem, readTurns } from './message-block-reader.js';

const PARAMETERS: ParameterTable = {
  max_tokens: 'maxTokens',
  temperature: 'temperature',
  top_p: 'topP',
  top_k: 'topK',
  stop_sequences: 'stop',
  service_tier: 'serviceTier',
  user_id: 'user',
};
const OTHERS = new Set([
  'model',
  'messages',
  'system',
  'stream',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'metadata',
  'cache_control',
]);

/** Reads a request of `/messages`. */
export function readMessageRequest(body: JsonObject, { notes, isStreamed }: TranslationContext): Conversation {
  const choice = objectOf(body.tool_choice);
  const output = objectOf(body.output_config);
  const { turns, system: inside } = readTurns(body.messages, notes);
  if (body.cache_control) notes.lose('cache_control');
  const isSerial = booleanOf(choice.disable_parallel_tool_use);
  return {
    system: [...readSystem(body.system), ...inside],
    turns,
    tools: readTools(body.tools, notes),
    toolChoice: readChoice(choice),
    isParallel: isSerial === undefined ? undefined : !isSerial,
    format: readFormat(output.format),
    reasoning: readReasoning(objectOf(body.thinking), textOf(output.effort)),
    parameters: readParameters(withUser(body), PARAMETERS, OTHERS, notes),
    isStreamed,
  };
}

function withUser(body: JsonObject): JsonObject {
  const { user_id: user } = objectOf(body.metadata);
  return typeof user === 'string' ? { ...body, user_id: user } : body;
}

function readTools(tools: JsonValue | undefined, notes: Notes): Tool[] {
  return objectsOf(tools).flatMap((tool): Tool[] => {
    const { type, name, description, input_schema: schema, strict, cache_control: cache } = tool;
    if (type !== undefined && type !== null && type !== 'custom') {
      notes.drop(`tools[${textOr(type)}]`);
      return [];
    }
    if (typeof name !== 'string') throw wrong('tools: each tool must have a name', 'tools');
    const parameters = isObject(schema) ? schema : { type: 'object', properties: {} };
    return [{ name, description: textOf(description), parameters, isStrict: booleanOf(strict), cache }];
  });
}

function readChoice({ type, name }: JsonObject): ToolChoice | undefined {
  if (type === 'tool' && typeof name === 'string') return { kind: 'tool', name };
  return type === 'auto' || type === 'any' || type === 'none' ? { kind: type } : undefined;
}

function readFormat(format: JsonValue | undefined): OutputFormat | undefined {
  const { type, schema } = objectOf(format);
  return type === 'json_schema' && isObject(schema) ? { kind: 'schema', schema } : undefined;
}

function readReasoning({ type, budget_tokens: budget }: JsonObject, effort: string | undefined): Reasoning | undefined {
  const name = effort === undefined ? 'thinking' : 'output_config.effort';
  const budgetTokens = numberOf(budget);
  if (type === 'disabled') return { mode: 'off', name: 'thinking' };
  if (type === 'enabled') return { mode: 'on', effort, budgetTokens, name };
  return type === 'adaptive' || effort !== undefined ? { mode: 'adaptive', effort, name } : undefined;
}
