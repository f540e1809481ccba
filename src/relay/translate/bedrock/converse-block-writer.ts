import type { JsonObject } from '../../../snapshot/snapshot.js';
import { toolId } from '../anthropic/message-block-writer.js';
import type {
  Block,
  FileBlock,
  ImageBlock,
  Source,
  ThinkingBlock,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from '../conversation.js';
import { ownSignature } from '../gemini/gemini-signature.js';
import { parseObject, wrong } from '../json.js';
import type { Notes } from '../notes.js';

const IMAGES: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};
const DOCUMENTS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'text/plain': 'txt',
  'text/markdown': 'md',
  'text/html': 'html',
  'text/csv': 'csv',
};

/** Writes a turn; results of tools go before everything else. */
export function writeConverseTurn({ role, blocks }: Turn, notes: Notes): JsonObject {
  const results = blocks.filter(({ kind }) => kind === 'tool_result');
  const others = blocks.filter(({ kind }) => kind !== 'tool_result');
  return { role, content: [...results, ...others].flatMap((block) => marked(block, notes)) };
}

/** A cache mark is a block of its own, behind what it ends. */
function marked(block: Block, notes: Notes): JsonObject[] {
  const written = writeBlock(block, notes);
  const isCached = 'cache' in block && block.cache !== undefined && written.length > 0;
  return isCached ? [...written, { cachePoint: { type: 'default' } }] : written;
}

function writeBlock(block: Block, notes: Notes): JsonObject[] {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return writeText(block.text);
    case 'thinking':
      return writeThought(block, notes);
    case 'redacted_thinking':
      return [{ reasoningContent: { redactedContent: block.data } }];
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

function writeText(text: string): JsonObject[] {
  return text.trim() === '' ? [] : [{ text }];
}

function writeImage({ source, detail }: ImageBlock, notes: Notes): JsonObject {
  if (detail !== undefined && detail !== 'auto') notes.lose('image_detail');
  return { image: writeSource(source, IMAGES, 'images') };
}

function writeThought({ text, signature }: ThinkingBlock, notes: Notes): JsonObject[] {
  if (signature && !ownSignature(signature)) return [{ reasoningContent: { reasoningText: { text, signature } } }];
  notes.lose('thinking');
  return [];
}

/** Bedrock fetches nothing but from S3. */
function writeSource(source: Source, formats: Readonly<Record<string, string>>, what: string): JsonObject {
  if (source.kind !== 'base64')
    throw wrong(`The model that serves this takes ${what} as data only, not by address.`, 'messages');
  const format = Object.hasOwn(formats, source.mediaType) ? formats[source.mediaType] : undefined;
  if (format === undefined) {
    throw wrong(`The model that serves this cannot read ${what} of type ${source.mediaType.slice(0, 60)}.`, 'messages');
  }
  return { format, source: { bytes: source.data } };
}

/** Names may have few characters only, and there must be one. */
function writeFile({ source, name = 'document' }: FileBlock): JsonObject {
  const plain = name
    .replaceAll(/[^A-Za-z0-9 ()[\]-]+/g, '-')
    .replaceAll(/ {2,}/g, ' ')
    .slice(0, 200);
  return { document: { name: plain, ...writeSource(source, DOCUMENTS, 'files') } };
}

function writeCall({ id, name, arguments: text }: ToolCallBlock): JsonObject {
  const input = parseObject(text.trim() || '{}');
  if (!input) throw wrong(`The arguments of the tool call "${id.slice(0, 60)}" are not a JSON object.`, 'messages');
  return { toolUse: { toolUseId: toolId(id), name, input } };
}

function writeResult({ id, content, isError }: ToolResultBlock, notes: Notes): JsonObject {
  const blocks = content.flatMap((block) => writeBlock(block, notes));
  const said = blocks.length > 0 ? blocks : [{ text: '(empty)' }];
  return { toolResult: { toolUseId: toolId(id), content: said, status: isError ? 'error' : 'success' } };
}
