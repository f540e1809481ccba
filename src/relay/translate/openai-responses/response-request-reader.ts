import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Conversation, OutputFormat, Reasoning, TextBlock } from '../conversation.js';
import { booleanOf, isObject, objectOf, objectsOf, textOf, textOr, wrong } from '../json.js';
import { readParameters, type ParameterTable } from '../request-parameters.js';
import type { TranslationContext } from '../translation.js';
import { readInput } from './response-item-reader.js';
import { readChoice, readTools } from './response-tools.js';

const PARAMETERS: ParameterTable = {
  max_output_tokens: 'maxTokens',
  temperature: 'temperature',
  top_p: 'topP',
  top_logprobs: 'topLogprobs',
  user: 'user',
  service_tier: 'serviceTier',
  verbosity: 'verbosity',
};
const OTHERS = new Set([
  'model',
  'input',
  'instructions',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'reasoning',
  'include',
  'metadata', // repeated in the answer, as OpenAI does
]);
/** Members that lean on what OpenAI keeps of earlier calls: without it the answer would be another one. */
const STATEFUL = ['previous_response_id', 'conversation', 'background', 'prompt'] as const;
/** What an answer repeats of its request, with OpenAI's defaults. */
const ECHOED: JsonObject = {
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  parallel_tool_calls: true,
  previous_response_id: null,
  reasoning: { effort: null, summary: null },
  store: false,
  temperature: 1,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  truncation: 'disabled',
  user: null,
  metadata: {},
};

/** Reads a request of `/responses`. */
export function readResponseRequest(body: JsonObject, context: TranslationContext): Conversation {
  const { notes, isStreamed } = context;
  for (const name of STATEFUL) {
    if (body[name]) throw wrong(`The model that serves this keeps nothing of earlier responses: ${name}.`, name);
  }
  context.echo = echoOf(body);
  const { system, turns, offered } = readInput(body.input, notes);
  const { tools, known } = readTools([...objectsOf(body.tools), ...offered], notes);
  context.clientTools = known;
  const text = objectOf(body.text);
  return {
    system: [...instructionsOf(body.instructions), ...system],
    turns,
    tools,
    toolChoice: readChoice(body.tool_choice, notes),
    isParallel: booleanOf(body.parallel_tool_calls),
    format: readFormat(text.format),
    reasoning: readReasoning(textOf(objectOf(body.reasoning).effort)),
    parameters: readParameters(withoutNothing(body, text), PARAMETERS, OTHERS, notes),
    isStreamed,
  };
}

function echoOf(body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(ECHOED).map(([name, usual]) => [name, name === 'store' ? false : (body[name] ?? usual)]),
  );
}

/** Settings that say what is so anyway are nothing to be dropped. */
function withoutNothing(body: JsonObject, { verbosity }: JsonObject): JsonObject {
  const { store, truncation, background: _background, ...rest } = body;
  return {
    ...rest,
    ...(store ? { store } : {}),
    ...(truncation && truncation !== 'disabled' ? { truncation } : {}),
    ...(verbosity ? { verbosity } : {}),
  };
}

function instructionsOf(instructions: JsonValue | undefined): TextBlock[] {
  const text = textOr(instructions);
  return text === '' ? [] : [{ kind: 'text', text }];
}

function readFormat(format: JsonValue | undefined): OutputFormat | undefined {
  const { type, schema, name, description, strict } = objectOf(format);
  if (type === 'json_object') return { kind: 'json' };
  if (type !== 'json_schema' || !isObject(schema)) return undefined;
  return { kind: 'schema', schema, name: textOf(name), description: textOf(description), isStrict: booleanOf(strict) };
}

function readReasoning(effort: string | undefined): Reasoning | undefined {
  if (effort === undefined) return undefined;
  if (effort === 'none') return { mode: 'off', name: 'reasoning.effort' };
  return { mode: 'on', effort, name: 'reasoning.effort' };
}
