import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Conversation, OutputFormat, Tool, ToolChoice } from '../conversation.js';
import { compact } from '../json.js';
import type { Notes } from '../notes.js';
import { as, writeParameters, type ParameterWriter } from '../request-parameters.js';
import type { TranslationContext } from '../translation.js';
import { wellFormed } from '../well-formed-turns.js';
import { writeContents } from './gemini-content-writer.js';
import { writeThinkingConfig } from './gemini-thinking.js';

const MAX_STOPS = 5;

/** Writes a request of `generateContent`; model and streaming are in its path. */
export function writeGeminiRequest(conversation: Conversation, context: TranslationContext): JsonObject {
  const { notes } = context;
  const { tools, toolChoice, isParallel, format, reasoning, parameters } = conversation;
  if (isParallel === false && tools.length > 0) notes.lose('parallel_tool_calls');
  const settings = compact({
    ...writeParameters(parameters, WRITERS, notes),
    ...writeFormat(format),
    thinkingConfig: writeThinkingConfig(reasoning, context),
  });
  return compact({
    systemInstruction: writeSystem(conversation, notes),
    contents: writeContents(wellFormed(conversation.turns, notes), notes),
    tools: tools.length > 0 ? [{ functionDeclarations: tools.map((tool) => writeTool(tool, notes)) }] : undefined,
    toolConfig: tools.length > 0 && toolChoice ? { functionCallingConfig: writeChoice(toolChoice) } : undefined,
    generationConfig: Object.keys(settings).length > 0 ? settings : undefined,
  });
}

const WRITERS: Readonly<Record<string, ParameterWriter>> = {
  maxTokens: as('maxOutputTokens'),
  temperature: as('temperature'),
  topP: as('topP'),
  topK: as('topK'),
  stop: writeStop,
  seed: as('seed'),
  presencePenalty: as('presencePenalty'),
  frequencyPenalty: as('frequencyPenalty'),
};

function writeStop(value: JsonValue, notes: Notes): JsonObject | undefined {
  const all = (Array.isArray(value) ? value : [value]).filter((stop) => typeof stop === 'string' && stop !== '');
  if (all.length > MAX_STOPS) notes.lose('stop');
  return all.length > 0 ? { stopSequences: all.slice(0, MAX_STOPS) } : undefined;
}

/** A schema of JSON's own kind goes in whole; the older `responseSchema` knows only a part of it. */
function writeFormat(format: OutputFormat | undefined): JsonObject {
  if (!format) return {};
  const json = { responseMimeType: 'application/json' };
  return format.kind === 'schema' ? { ...json, responseJsonSchema: format.schema } : json;
}

function writeSystem({ system }: Conversation, notes: Notes): JsonObject | undefined {
  const said = system.filter(({ text }) => text.trim() !== '');
  if (said.some(({ cache }) => cache)) notes.lose('cache_control');
  return said.length > 0 ? { parts: said.map(({ text }) => ({ text })) } : undefined;
}

function writeTool({ name, description, parameters, isStrict }: Tool, notes: Notes): JsonObject {
  if (isStrict) notes.lose('strict');
  return compact({ name, description, parametersJsonSchema: parameters });
}

function writeChoice(choice: ToolChoice): JsonObject {
  if (choice.kind === 'tool') return { mode: 'ANY', allowedFunctionNames: [choice.name] };
  return { mode: choice.kind.toUpperCase() };
}
