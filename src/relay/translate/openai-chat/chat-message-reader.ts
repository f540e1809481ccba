import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Block, FileBlock, ImageBlock, TextBlock, ToolCallBlock, ToolResultBlock, Turn } from '../conversation.js';
import { sourceOf } from '../data-url.js';
import { isObject, objectOf, objectsOf, textOf, textOr, wrong } from '../json.js';
import type { Notes } from '../notes.js';

interface Read {
  readonly system: readonly TextBlock[];
  readonly turns: readonly Turn[];
}

/** Reads the messages of a chat. Instructions are taken out of wherever they stand. */
export function readMessages(value: JsonValue | undefined, notes: Notes): Read {
  if (!Array.isArray(value)) throw wrong("Missing required parameter: 'messages'.", 'messages');
  if (value.length === 0) throw wrong("Invalid 'messages': empty array.", 'messages');
  const system: TextBlock[] = [];
  const turns: Turn[] = [];
  for (const message of value) {
    if (!isObject(message)) throw wrong('Each message must be an object.', 'messages');
    if (message.name !== undefined) notes.lose('message_name');
    if (message.role === 'system' || message.role === 'developer') {
      if (turns.length > 0) notes.lose('system_position');
      system.push(...textsOf(message.content));
    } else turns.push(readTurn(message, notes));
  }
  return { system, turns };
}

function readTurn(message: JsonObject, notes: Notes): Turn {
  switch (message.role) {
    case 'user':
      return { role: 'user', blocks: contentOf(message.content).flatMap((part) => readPart(part)) };
    case 'assistant':
      return { role: 'assistant', blocks: readAssistant(message, notes) };
    case 'tool':
      return { role: 'user', blocks: [readResult(message)] };
    default:
      throw wrong(`There is no role "${textOr(message.role).slice(0, 40)}" here.`, 'messages');
  }
}

function readAssistant(message: JsonObject, notes: Notes): Block[] {
  const blocks: Block[] = [...readThoughts(message)];
  for (const part of contentOf(message.content)) {
    if (part.type === 'refusal') blocks.push({ kind: 'refusal', text: textOr(part.refusal) });
    else blocks.push(...readPart(part));
  }
  const refusal = textOf(message.refusal);
  if (refusal) blocks.push({ kind: 'refusal', text: refusal });
  if (isObject(message.audio)) notes.lose('audio');
  if (message.function_call) throw wrong('function_call is not supported: use tool_calls.', 'messages');
  return [...blocks, ...objectsOf(message.tool_calls).map(readCall)];
}

/** Thoughts come back as blocks with their signature (as we hand them out), or as mere text. */
function readThoughts({ thinking_blocks: given, reasoning_content: text }: JsonObject): Block[] {
  const blocks = objectsOf(given).map((block): Block => {
    if (block.type === 'redacted_thinking') return { kind: 'redacted_thinking', data: textOr(block.data) };
    return { kind: 'thinking', text: textOr(block.thinking), signature: textOf(block.signature) || undefined };
  });
  if (blocks.length > 0 || !textOf(text)) return blocks;
  return [{ kind: 'thinking', text: textOr(text) }];
}

function readCall({ id, function: called }: JsonObject): ToolCallBlock {
  const { name, arguments: text } = objectOf(called);
  if (typeof id !== 'string' || typeof name !== 'string') {
    throw wrong('Each tool call must have an id and a function with a name.', 'messages');
  }
  return { kind: 'tool_call', id, name, arguments: textOr(text) };
}

function readResult({ tool_call_id: id, content }: JsonObject): ToolResultBlock {
  if (typeof id !== 'string') throw wrong('Each tool message must have a tool_call_id.', 'messages');
  const blocks = contentOf(content).flatMap((part) => readPart(part));
  return { kind: 'tool_result', id, content: blocks.filter((block) => block.kind !== 'audio'), isError: false };
}

function readPart(part: JsonObject): (TextBlock | ImageBlock | FileBlock | Extract<Block, { kind: 'audio' }>)[] {
  switch (part.type) {
    case 'text':
      return textsOf([part]);
    case 'image_url': {
      const { url, detail } = isObject(part.image_url) ? part.image_url : { url: part.image_url, detail: undefined };
      if (typeof url !== 'string') throw wrong('Each image_url must have a url.', 'messages');
      return [{ kind: 'image', source: sourceOf(url), detail: textOf(detail) }];
    }
    case 'input_audio': {
      const { format, data } = objectOf(part.input_audio);
      return [{ kind: 'audio', format: textOr(format), data: textOr(data) }];
    }
    case 'file':
      return [readFile(objectOf(part.file))];
    default:
      throw wrong(`There is no content of type "${textOr(part.type).slice(0, 40)}".`, 'messages');
  }
}

function readFile({ file_data: data, file_id: id, filename }: JsonObject): FileBlock {
  const name = textOf(filename);
  if (typeof data === 'string') return { kind: 'file', source: sourceOf(data), name };
  if (typeof id === 'string') return { kind: 'file', source: { kind: 'id', id }, name };
  throw wrong('Each file must have file_data or a file_id.', 'messages');
}

function contentOf(content: JsonValue | undefined): JsonObject[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return objectsOf(content);
}

function textsOf(content: JsonValue | undefined): TextBlock[] {
  return contentOf(content)
    .filter(({ text }) => typeof text === 'string')
    .map(({ text, cache_control: cache }) => ({ kind: 'text', text: textOr(text), cache }));
}
