import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Block, FileBlock, ImageBlock, Source, TextBlock, ToolResultBlock, Turn } from '../conversation.js';
import { objectOf, objectsOf, textOf, textOr, wrong } from '../json.js';
import type { Notes } from '../notes.js';

/** Reads `system`: a text, or blocks of text. */
export function readSystem(system: JsonValue | undefined): TextBlock[] {
  return contentOf(system)
    .filter(({ text }) => typeof text === 'string')
    .map(({ text, cache_control: cache }) => ({ kind: 'text', text: textOr(text), cache }));
}

interface Read {
  readonly turns: readonly Turn[];
  /** Instructions that stood between the turns. */
  readonly system: readonly TextBlock[];
}

/** Reads the messages of a request. */
export function readTurns(value: JsonValue | undefined, notes: Notes): Read {
  if (!Array.isArray(value)) throw wrong('messages: Field required', 'messages');
  if (value.length === 0) throw wrong('messages: at least one message is required', 'messages');
  const system: TextBlock[] = [];
  const turns: Turn[] = [];
  for (const message of value) {
    const { role, content } = objectOf(message);
    if (role === 'system') {
      notes.lose('system_position');
      system.push(...readSystem(content));
    } else if (role === 'user' || role === 'assistant') {
      turns.push({ role, blocks: contentOf(content).flatMap((block) => readBlock(block, notes)) });
    } else throw wrong('messages: each message must have the role "user" or "assistant"', 'messages');
  }
  return { turns, system };
}

function contentOf(content: JsonValue | undefined): JsonObject[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return objectsOf(content);
}

type BlockReader = (block: JsonObject, notes: Notes) => Block;

const READERS: Readonly<Record<string, BlockReader>> = {
  text: readText,
  image: readImage,
  document: readDocument,
  thinking: ({ thinking, signature }) => ({
    kind: 'thinking',
    text: textOr(thinking),
    signature: textOf(signature) || undefined,
  }),
  redacted_thinking: ({ data }) => ({ kind: 'redacted_thinking', data: textOr(data) }),
  tool_use: ({ id, name, input, cache_control: cache }) => {
    if (typeof id !== 'string' || typeof name !== 'string') {
      throw wrong('messages: each tool_use must have an id and a name', 'messages');
    }
    return { kind: 'tool_call', id, name, arguments: JSON.stringify(objectOf(input)), cache };
  },
  tool_result: readResult,
};

/** Blocks of types that only Anthropic has (its own tools, search results) are noted, not sent. */
function readBlock(block: JsonObject, notes: Notes): Block[] {
  const type = textOr(block.type);
  const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (read) return [read(block, notes)];
  notes.lose(type || 'content');
  return [];
}

function readText({ text, citations, cache_control: cache }: JsonObject, notes: Notes): TextBlock {
  if (Array.isArray(citations) && citations.length > 0) notes.lose('citations');
  return { kind: 'text', text: textOr(text), cache };
}

function readImage({ source, cache_control: cache }: JsonObject): ImageBlock {
  return { kind: 'image', source: readSource(objectOf(source)), cache };
}

function readDocument(block: JsonObject, notes: Notes): FileBlock {
  if (block.context || objectOf(block.citations).enabled === true) notes.lose('document_context');
  return {
    kind: 'file',
    source: readSource(objectOf(block.source)),
    name: textOf(block.title),
    cache: block.cache_control,
  };
}

function readSource({ type, media_type: mediaType, data, url, file_id: id }: JsonObject): Source {
  if (type === 'url' && typeof url === 'string') return { kind: 'url', url };
  if (type === 'file' && typeof id === 'string') return { kind: 'id', id };
  if (typeof data !== 'string') throw wrong(`messages: there is no source of type "${textOr(type)}"`, 'messages');
  if (type === 'text') return { kind: 'base64', mediaType: 'text/plain', data: Buffer.from(data).toString('base64') };
  return { kind: 'base64', mediaType: textOf(mediaType) ?? 'application/octet-stream', data };
}

function readResult(block: JsonObject, notes: Notes): ToolResultBlock {
  const { tool_use_id: id, content, is_error: isError, cache_control: cache } = block;
  if (typeof id !== 'string') throw wrong('messages: each tool_result must have a tool_use_id', 'messages');
  const blocks = contentOf(content).flatMap((part) => readBlock(part, notes));
  const kept = blocks.filter((part) => part.kind === 'text' || part.kind === 'image' || part.kind === 'file');
  return { kind: 'tool_result', id, content: kept, isError: isError === true, cache };
}
