import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../snapshot/snapshot.js';
import type {
  Block,
  FileBlock,
  ImageBlock,
  RefusalBlock,
  Source,
  TextBlock,
  ThinkingBlock,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from '../conversation.js';
import { ownSignature } from '../gemini/gemini-signature.js';
import { compact, parseObject, wrong } from '../json.js';
import type { Notes } from '../notes.js';

const IMAGE_TYPES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);
const ID = /^[a-zA-Z0-9_-]+$/;

/** A turn in Anthropic's blocks. */
interface WrittenTurn {
  readonly role: 'user' | 'assistant';
  readonly blocks: JsonObject[];
}

/** Writes a turn; results of tools go before everything else. */
export function writeTurn({ role, blocks }: Turn, notes: Notes): WrittenTurn {
  const results = blocks.filter(({ kind }) => kind === 'tool_result');
  const others = blocks.filter(({ kind }) => kind !== 'tool_result');
  return { role, blocks: [...results, ...others].flatMap((block) => writeBlock(block, notes)) };
}

function writeBlock(block: Block, notes: Notes): JsonObject[] {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return writeText(block);
    case 'thinking':
      return writeThought(block, notes);
    case 'redacted_thinking':
      return [{ type: 'redacted_thinking', data: block.data }];
    case 'image':
      return [writeImage(block, notes)];
    case 'file':
      return [writeFile(block)];
    case 'tool_call':
      return [writeCall(block)];
    case 'tool_result':
      return [writeResult(block, notes)];
    default:
      throw wrong('The model that serves this cannot hear: input_audio is not supported.', 'messages');
  }
}

/** Anthropic refuses texts of nothing but space. */
function writeText(block: TextBlock | RefusalBlock): JsonObject[] {
  if (block.text.trim() === '') return [];
  return [compact({ type: 'text', text: block.text, cache_control: block.kind === 'text' ? block.cache : undefined })];
}

function writeThought({ text, signature }: ThinkingBlock, notes: Notes): JsonObject[] {
  if (signature && !ownSignature(signature)) return [{ type: 'thinking', thinking: text, signature }];
  notes.lose('thinking');
  return [];
}

function writeImage({ source, detail, cache }: ImageBlock, notes: Notes): JsonObject {
  if (detail !== undefined && detail !== 'auto') notes.lose('image_detail');
  return compact({ type: 'image', source: imageSource(source), cache_control: cache });
}

function writeCall({ id, name, arguments: text, cache }: ToolCallBlock): JsonObject {
  const input = parseObject(text.trim() || '{}');
  if (!input) throw wrong(`The arguments of the tool call "${id.slice(0, 60)}" are not a JSON object.`, 'messages');
  return compact({ type: 'tool_use', id: toolId(id), name, input, cache_control: cache });
}

function writeResult({ id, content, isError, cache }: ToolResultBlock, notes: Notes): JsonObject {
  const blocks = content.flatMap((block) => writeBlock(block, notes));
  const [first] = blocks;
  const isText = blocks.length === 1 && first?.type === 'text' && first.cache_control === undefined;
  return compact({
    type: 'tool_result',
    tool_use_id: toolId(id),
    content: blocks.length === 0 ? undefined : isText ? first?.text : blocks,
    is_error: isError || undefined,
    cache_control: cache,
  });
}

/** Ids of other providers may have characters that Anthropic refuses; the same id always becomes the same. */
export function toolId(id: string): string {
  if (ID.test(id)) return id;
  return `toolu_${createHash('sha256').update(id).digest('hex').slice(0, 24)}`;
}

function imageSource(source: Source): JsonObject {
  if (source.kind === 'base64' && !IMAGE_TYPES.has(source.mediaType)) {
    throw wrong(`The model that serves this cannot read images of type ${source.mediaType.slice(0, 60)}.`, 'messages');
  }
  return writeSource(source);
}

function writeFile({ source, name, cache }: FileBlock): JsonObject {
  if (source.kind === 'base64' && source.mediaType === 'text/plain') {
    const data = Buffer.from(source.data, 'base64').toString();
    const text = { type: 'text', media_type: 'text/plain', data };
    return compact({ type: 'document', source: text, title: name, cache_control: cache });
  }
  if (source.kind === 'base64' && source.mediaType !== 'application/pdf') {
    throw wrong(`The model that serves this cannot read files of type ${source.mediaType.slice(0, 60)}.`, 'messages');
  }
  return compact({ type: 'document', source: writeSource(source), title: name, cache_control: cache });
}

function writeSource(source: Source): JsonObject {
  switch (source.kind) {
    case 'url':
      return { type: 'url', url: source.url };
    case 'id':
      return { type: 'file', file_id: source.id };
    case 'base64':
      return { type: 'base64', media_type: source.mediaType, data: source.data };
    default: {
      const exhaustive: never = source;
      return exhaustive;
    }
  }
}
