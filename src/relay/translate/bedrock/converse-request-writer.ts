import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Conversation, OutputFormat, Tool } from '../conversation.js';
import { compact } from '../json.js';
import type { Notes } from '../notes.js';
import { as, writeParameters, type ParameterWriter } from '../request-parameters.js';
import type { TranslationContext } from '../translation.js';
import { wellFormed } from '../well-formed-turns.js';
import { writeConverseTurn } from './converse-block-writer.js';
import { thinkingOf } from './converse-thinking.js';

const JSON_ONLY = 'Answer with one JSON object and nothing else.';
/** Writes a request of `converse`; model and streaming are in its path. */
export function writeConverseRequest(conversation: Conversation, context: TranslationContext): JsonObject {
  const { notes } = context;
  const { top_k: topK, ...settings } = writeParameters(conversation.parameters, WRITERS, notes);
  const thinking = thinkingOf(conversation, settings, context);
  const inference = { ...settings, ...thinking?.settings };
  const extra = compact({ top_k: thinking ? undefined : topK, thinking: thinking?.thinking });
  return compact({
    messages: wellFormed(conversation.turns, notes).map((turn) => writeConverseTurn(turn, notes)),
    system: writeSystem(conversation, notes),
    inferenceConfig: Object.keys(inference).length > 0 ? inference : undefined,
    toolConfig: writeTools(conversation, notes),
    outputConfig: writeFormat(conversation.format),
    additionalModelRequestFields: Object.keys(extra).length > 0 ? extra : undefined,
  });
}

const WRITERS: Readonly<Record<string, ParameterWriter>> = {
  maxTokens: as('maxTokens'),
  temperature: writeTemperature,
  topP: as('topP'),
  topK: as('top_k'),
  stop: (value) => ({ stopSequences: typeof value === 'string' ? [value] : value }),
};

function writeTemperature(value: JsonValue, notes: Notes): JsonObject {
  if (typeof value !== 'number' || value <= 1) return { temperature: value };
  notes.lose('temperature');
  return { temperature: 1 };
}

function writeSystem({ system, format }: Conversation, notes: Notes): JsonObject[] | undefined {
  const said = system.filter(({ text }) => text.trim() !== '');
  const blocks = said.flatMap(({ text, cache }): JsonObject[] => [
    { text },
    ...(cache ? [{ cachePoint: { type: 'default' } }] : []),
  ]);
  if (format?.kind === 'json') {
    notes.lose('response_format');
    blocks.push({ text: JSON_ONLY });
  }
  return blocks.length > 0 ? blocks : undefined;
}

function writeFormat(format: OutputFormat | undefined): JsonObject | undefined {
  if (format?.kind !== 'schema') return undefined;
  const { name = 'answer', description, schema } = format;
  const jsonSchema = compact({ name, description, schema: JSON.stringify(schema) });
  return { textFormat: { type: 'json_schema', structure: { jsonSchema } } };
}

/** A conversation in which tools were called must name some, even if it offers none any more. */
function writeTools({ tools, turns, toolChoice, isParallel }: Conversation, notes: Notes): JsonObject | undefined {
  const names = turns.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.kind === 'tool_call' ? [block.name] : [])),
  );
  const isNone = toolChoice?.kind === 'none';
  if (names.length === 0 && (tools.length === 0 || isNone)) return undefined;
  if (isNone) notes.lose('tool_choice');
  if (isParallel === false && tools.length > 0) notes.lose('parallel_tool_calls');
  const known: readonly Tool[] =
    tools.length > 0
      ? tools
      : [...new Set(names)].map((name) => ({ name, parameters: { type: 'object', properties: {} } }));
  return compact({
    tools: known.flatMap(writeTool),
    toolChoice: tools.length > 0 ? writeChoice(toolChoice) : undefined,
  });
}

function writeTool({ name, description, parameters, isStrict, cache }: Tool): JsonObject[] {
  const toolSpec = compact({ name, description, inputSchema: { json: parameters }, strict: isStrict || undefined });
  return cache ? [{ toolSpec }, { cachePoint: { type: 'default' } }] : [{ toolSpec }];
}

function writeChoice(choice: Conversation['toolChoice']): JsonObject | undefined {
  if (!choice || choice.kind === 'none') return undefined;
  return choice.kind === 'tool' ? { tool: { name: choice.name } } : { [choice.kind]: {} };
}
