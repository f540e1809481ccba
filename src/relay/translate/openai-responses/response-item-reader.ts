import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Block, FileBlock, ImageBlock, TextBlock, ToolResultBlock, Turn } from '../conversation.js';
import { sourceOf } from '../data-url.js';
import { isObject, objectOf, objectsOf, textOf, textOr, wrong } from '../json.js';
import type { Notes } from '../notes.js';
import { openThought } from './sealed-thought.js';

interface Read {
  readonly system: readonly TextBlock[];
  readonly turns: readonly Turn[];
}

/** Reads `input`: a text, or items. What one side says in several items is one turn each; instructions are taken out. */
export function readInput(input: JsonValue | undefined, notes: Notes): Read {
  if (typeof input === 'string')
    return { system: [], turns: [{ role: 'user', blocks: [{ kind: 'text', text: input }] }] };
  if (!Array.isArray(input) || input.length === 0) throw wrong("Missing required parameter: 'input'.", 'input');
  const system: TextBlock[] = [];
  const turns: Turn[] = [];
  for (const item of input.filter(isObject)) {
    const { role } = item;
    if (isMessage(item) && (role === 'system' || role === 'developer')) {
      if (turns.length > 0) notes.lose('system_position');
      system.push(...contentOf(item.content).flatMap((part) => readText(part)));
    } else turns.push(...readItem(item, notes));
  }
  return { system, turns: joined(turns) };
}

function isMessage({ type, role }: JsonObject): boolean {
  return type === 'message' || (type === undefined && role !== undefined);
}

function readItem(item: JsonObject, notes: Notes): Turn[] {
  if (isMessage(item)) return [readMessage(item)];
  switch (item.type) {
    case 'function_call':
      return [{ role: 'assistant', blocks: [readCall(item)] }];
    case 'function_call_output':
      return [{ role: 'user', blocks: [readResult(item)] }];
    case 'reasoning':
      return [{ role: 'assistant', blocks: [readThought(item)] }];
    case 'item_reference':
      return readReference(item, notes);
    default:
      notes.lose(textOf(item.type) ?? 'item');
      return [];
  }
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

function readCall({ call_id: id, name, arguments: text }: JsonObject): Block {
  if (typeof id !== 'string' || typeof name !== 'string') {
    throw wrong('Each function_call must have a call_id and a name.', 'input');
  }
  return { kind: 'tool_call', id, name, arguments: textOr(text) };
}

function readResult({ call_id: id, output }: JsonObject): ToolResultBlock {
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
