import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Block, FileBlock, ImageBlock, TextBlock, ToolResultBlock, Turn } from '../conversation.js';
import { sourceOf } from '../data-url.js';
import { isObject, objectOf, objectsOf, textOf, textOr, wrong } from '../json.js';
import { Notes } from '../notes.js';
import { customArguments, flatName, readTools, TOOL_SEARCH } from './response-tools.js';
import { openThought } from './sealed-thought.js';

interface Read {
  readonly system: readonly TextBlock[];
  readonly turns: readonly Turn[];
  /** Tools that the client offers between the turns. */
  readonly offered: readonly JsonObject[];
}

/** Reads `input`: a text, or items. What one side says in several items is one turn each; instructions are taken out. */
export function readInput(input: JsonValue | undefined, notes: Notes): Read {
  if (typeof input === 'string')
    return { system: [], turns: [{ role: 'user', blocks: [{ kind: 'text', text: input }] }], offered: [] };
  if (!Array.isArray(input) || input.length === 0) throw wrong("Missing required parameter: 'input'.", 'input');
  const system: TextBlock[] = [];
  const turns: Turn[] = [];
  const offered: JsonObject[] = [];
  for (const item of input.filter(isObject)) {
    const { role } = item;
    if (OFFERS.has(textOr(item.type))) offered.push(...objectsOf(item.tools));
    if (isMessage(item) && (role === 'system' || role === 'developer')) {
      if (turns.length > 0) notes.lose('system_position');
      system.push(...contentOf(item.content).flatMap((part) => readText(part)));
    } else turns.push(...readItem(item, notes));
  }
  return { system, turns: joined(turns), offered };
}

/** Items that bring tools with them. */
const OFFERS: ReadonlySet<string> = new Set(['additional_tools', 'tool_search_output']);

function isMessage({ type, role }: JsonObject): boolean {
  return type === 'message' || (type === undefined && role !== undefined);
}

type ItemReader = (item: JsonObject, notes: Notes) => Turn[];

const READERS: Readonly<Record<string, ItemReader>> = {
  function_call: (item) => [{ role: 'assistant', blocks: [readCall(item, textOr(item.arguments))] }],
  function_call_output: (item) => [{ role: 'user', blocks: [readResult(item, item.output)] }],
  custom_tool_call: (item) => [{ role: 'assistant', blocks: [readCall(item, customArguments(item.input))] }],
  custom_tool_call_output: (item) => [{ role: 'user', blocks: [readResult(item, item.output)] }],
  tool_search_call: (item) => {
    const called = { call_id: item.call_id ?? null, name: TOOL_SEARCH };
    return [{ role: 'assistant', blocks: [readCall(called, JSON.stringify(objectOf(item.arguments)))] }];
  },
  tool_search_output: (item) => [{ role: 'user', blocks: [readResult(item, foundTools(item.tools))] }],
  additional_tools: () => [],
  reasoning: (item) => [{ role: 'assistant', blocks: [readThought(item)] }],
  item_reference: readReference,
};

function readItem(item: JsonObject, notes: Notes): Turn[] {
  if (isMessage(item)) return [readMessage(item)];
  const type = textOr(item.type);
  const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (read) return read(item, notes);
  notes.lose(type || 'item');
  return [];
}

/** The tools themselves are offered from now on; the model is told their names. */
function foundTools(tools: JsonValue | undefined): string {
  const names = readTools(tools, new Notes()).tools.map(({ name }) => name);
  return names.length > 0 ? `These tools can be called now: ${names.join(', ')}` : 'No tools were found.';
}

/** Nothing is kept to be pointed to; of thoughts that is a loss, of anything else another conversation. */
function readReference({ id }: JsonObject, notes: Notes): Turn[] {
  if (!textOr(id).startsWith('rs_')) {
    throw wrong('The model that serves this keeps nothing of earlier responses: item_reference.', 'input');
  }
  notes.lose('thinking');
  return [];
}

/** What the model thought, said and called in one go comes in several items. */
function joined(turns: readonly Turn[]): Turn[] {
  const all: Turn[] = [];
  for (const turn of turns) {
    const last = all.at(-1);
    if (last?.role === 'assistant' && turn.role === 'assistant') {
      all[all.length - 1] = { role: 'assistant', blocks: [...last.blocks, ...turn.blocks] };
    } else all.push(turn);
  }
  return all;
}

function readMessage({ role, content }: JsonObject): Turn {
  if (role !== 'user' && role !== 'assistant')
    throw wrong(`There is no role "${textOr(role).slice(0, 40)}" here.`, 'input');
  return { role, blocks: contentOf(content).flatMap((part) => readPart(part)) };
}

function readCall({ call_id: id, name, namespace }: JsonObject, text: string): Block {
  if (typeof id !== 'string' || typeof name !== 'string') {
    throw wrong('Each function_call must have a call_id and a name.', 'input');
  }
  return { kind: 'tool_call', id, name: flatName(name, textOf(namespace)), arguments: text };
}

function readResult({ call_id: id }: JsonObject, output: JsonValue | undefined): ToolResultBlock {
  if (typeof id !== 'string') throw wrong('Each function_call_output must have a call_id.', 'input');
  const content = contentOf(output).flatMap((part) => readPart(part));
  const kept = content.filter((block) => block.kind === 'text' || block.kind === 'image' || block.kind === 'file');
  return { kind: 'tool_result', id, content: kept, isError: false };
}

function readThought({ summary, content, encrypted_content: sealed }: JsonObject): Block {
  const ours = openThought(textOr(sealed));
  if (ours) return ours;
  const parts = [...objectsOf(summary), ...objectsOf(content)];
  return { kind: 'thinking', text: parts.map(({ text }) => textOr(text)).join('\n') };
}

function contentOf(content: JsonValue | undefined): JsonObject[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'input_text', text: content }];
  return objectsOf(content);
}

function readText({ text }: JsonObject): TextBlock[] {
  return typeof text === 'string' ? [{ kind: 'text', text }] : [];
}

function readPart(part: JsonObject): Block[] {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
      return readText(part);
    case 'refusal':
      return [{ kind: 'refusal', text: textOr(part.refusal) }];
    case 'input_image':
      return [readImage(part)];
    case 'input_file':
      return [readFile(part)];
    case 'input_audio': {
      const { format, data } = objectOf(part.input_audio);
      return [{ kind: 'audio', format: textOr(format), data: textOr(data) }];
    }
    default:
      throw wrong(`There is no content of type "${textOr(part.type).slice(0, 40)}".`, 'input');
  }
}

function readImage({ image_url: url, file_id: id, detail }: JsonObject): ImageBlock {
  if (typeof url === 'string') return { kind: 'image', source: sourceOf(url), detail: textOf(detail) };
  if (typeof id === 'string') return { kind: 'image', source: { kind: 'id', id }, detail: textOf(detail) };
  throw wrong('Each input_image must have an image_url or a file_id.', 'input');
}

function readFile({ file_data: data, file_url: url, file_id: id, filename }: JsonObject): FileBlock {
  const name = textOf(filename);
  const address = textOf(data) ?? textOf(url);
  if (address !== undefined) return { kind: 'file', source: sourceOf(address), name };
  if (typeof id === 'string') return { kind: 'file', source: { kind: 'id', id }, name };
  throw wrong('Each input_file must have file_data, a file_url or a file_id.', 'input');
}
