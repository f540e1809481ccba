import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Tool, ToolChoice } from '../conversation.js';
import { booleanOf, isObject, objectOf, objectsOf, parseObject, textOf, textOr, wrong } from '../json.js';
import type { Notes } from '../notes.js';

/** How a client of Responses knows a tool that its upstream knows as a function like any other. */
export interface ClientTool {
  readonly kind: 'function' | 'custom' | 'tool_search';
  readonly name: string;
  /** Agents put the tools of each server that they speak to into a namespace of its own. */
  readonly namespace: string | undefined;
}

/** The client's tools by the name that the upstream knows them by. */
export type ClientTools = ReadonlyMap<string, ClientTool>;

/** The one member of what is sent to a tool whose input is a text of no particular form. */
const INPUT = 'input';
export const TOOL_SEARCH = 'tool_search';

/** The name of a tool where there are no namespaces. What an upstream refuses about it is mended later, for all tools. */
export function flatName(name: string, namespace: string | undefined): string {
  if (!namespace) return name;
  return namespace.endsWith('__') ? namespace + name : `${namespace}__${name}`;
}

/** The tool that an upstream called; some leave the namespace out, and are understood where only one tool can be meant. */
export function calledTool(tools: ClientTools | undefined, called: string): ClientTool {
  const known = tools?.get(called);
  if (known) return known;
  const meant = [...(tools?.values() ?? [])].filter(({ name }) => name === called);
  const [only] = meant;
  return only && meant.length === 1 ? only : { kind: 'function', name: called, namespace: undefined };
}

export interface ReadTools {
  readonly tools: Tool[];
  readonly known: ClientTools;
}

/** Reads tools: functions, alone and in namespaces, and those that can be said as functions. Others are noted. */
export function readTools(value: JsonValue | undefined, notes: Notes): ReadTools {
  const tools = new Map<string, Tool>(); // what is offered twice is offered once
  const known = new Map<string, ClientTool>();
  const add = (tool: JsonObject, namespace?: string): void => {
    if (tool.type === 'namespace') {
      for (const inside of objectsOf(tool.tools)) add(inside, textOf(tool.name));
      return;
    }
    const read = readTool(tool, namespace, notes);
    if (!read) return;
    tools.set(read.tool.name, read.tool);
    known.set(read.tool.name, read.client);
  };
  for (const tool of objectsOf(value)) add(tool);
  return { tools: [...tools.values()], known };
}

interface ReadTool {
  readonly tool: Tool;
  readonly client: ClientTool;
}

function readTool(tool: JsonObject, namespace: string | undefined, notes: Notes): ReadTool | undefined {
  const kind = kindOf(tool);
  if (!kind) {
    notes.drop(`tools[${textOr(tool.type)}]`);
    return undefined;
  }
  const name = kind === 'tool_search' ? TOOL_SEARCH : tool.name;
  if (typeof name !== 'string') throw wrong('Each function must have a name.', 'tools');
  if (kind === 'custom') notes.lose('tools[custom]');
  const description = kind === 'custom' ? customDescription(tool) : textOf(tool.description);
  const shape = { parameters: kind === 'custom' ? CUSTOM : parametersOf(tool), isStrict: booleanOf(tool.strict) };
  return { tool: { name: flatName(name, namespace), description, ...shape }, client: { kind, name, namespace } };
}

/** A search for tools is a call like others where the client makes it itself. */
function kindOf({ type, execution }: JsonObject): ClientTool['kind'] | undefined {
  if (type === 'function' || type === 'custom') return type;
  return type === 'tool_search' && execution === 'client' ? 'tool_search' : undefined;
}

function parametersOf({ parameters }: JsonObject): JsonObject {
  return isObject(parameters) ? parameters : { type: 'object', properties: {} };
}

const CUSTOM: JsonObject = {
  type: 'object',
  properties: { [INPUT]: { type: 'string', description: 'The whole input of the tool, as it is.' } },
  required: [INPUT],
  additionalProperties: false,
};

/** Nobody holds the model to the grammar; it can only be told. */
function customDescription({ description, format }: JsonObject): string {
  const { syntax, definition } = objectOf(format);
  const grammar =
    typeof definition === 'string' ? `The input follows this ${textOr(syntax)} grammar:\n${definition}` : '';
  return [textOr(description), grammar].filter(Boolean).join('\n\n');
}

/** The arguments of a function that stands for a tool whose input is a text. */
export function customArguments(input: JsonValue | undefined): string {
  return JSON.stringify({ [INPUT]: textOr(input) });
}

/** The text that a model meant for such a tool; what is no JSON of that form is taken for it as it is. */
export function customInput(text: string): string {
  const { [INPUT]: input } = parseObject(text) ?? {};
  return typeof input === 'string' ? input : text;
}

const CHOICES: Readonly<Record<string, ToolChoice>> = {
  auto: { kind: 'auto' },
  required: { kind: 'any' },
  none: { kind: 'none' },
};

export function readChoice(choice: JsonValue | undefined, notes: Notes): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined;
  if (typeof choice === 'string' && Object.hasOwn(CHOICES, choice)) return CHOICES[choice];
  const { type, name, namespace } = objectOf(choice);
  if ((type === 'function' || type === 'custom') && typeof name === 'string') {
    return { kind: 'tool', name: flatName(name, textOf(namespace)) };
  }
  notes.drop('tool_choice');
  return undefined;
}
