import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Block, Conversation, FileBlock, ImageBlock, ToolResultBlock, Turn } from '../conversation.js';
import { urlOf } from '../data-url.js';
import { compact, wrong } from '../json.js';
import type { Notes } from '../notes.js';

/** Writes the messages of a chat: instructions first, results of tools as messages of their own. */
export function writeMessages({ system, turns }: Conversation, notes: Notes): JsonObject[] {
  const messages: JsonObject[] = [];
  if (system.some(({ cache }) => cache)) notes.lose('cache_control');
  const instructions = system.map(({ text }) => text).join('\n');
  if (instructions !== '') messages.push({ role: 'system', content: instructions });
  for (const turn of turns) messages.push(...writeTurn(turn, notes));
  return messages;
}

function writeTurn({ role, blocks }: Turn, notes: Notes): JsonObject[] {
  if (blocks.some((block) => 'cache' in block && block.cache)) notes.lose('cache_control');
  if (role === 'assistant') return [writeAssistant(blocks, notes)];
  const results = blocks.filter((block) => block.kind === 'tool_result');
  const pictures = results.flatMap(({ content }) => content.filter(({ kind }) => kind !== 'text'));
  if (pictures.length > 0) notes.lose('tool_result_content');
  const rest = [...pictures, ...blocks.filter((block) => block.kind !== 'tool_result')];
  const parts = rest.map((block) => writePart(block));
  const messages = results.map((result) => writeResult(result, notes));
  return parts.length > 0 ? [...messages, { role: 'user', content: shortened(parts) }] : messages;
}

/** One text alone is sent as such: some servers know no parts. */
function shortened(parts: JsonObject[]): JsonValue {
  const [first] = parts;
  return parts.length === 1 && first?.type === 'text' ? (first.text ?? '') : parts;
}

function writeResult({ id, content, isError }: ToolResultBlock, notes: Notes): JsonObject {
  if (isError) notes.lose('tool_result_error');
  const text = content.map((block) => (block.kind === 'text' ? block.text : '')).filter(Boolean);
  return { role: 'tool', tool_call_id: id, content: text.join('\n') };
}

function writeAssistant(blocks: readonly Block[], notes: Notes): JsonObject {
  const text = blocks.flatMap((block) => (block.kind === 'text' ? [block.text] : []));
  const refusal = blocks.flatMap((block) => (block.kind === 'refusal' ? [block.text] : []));
  const calls = blocks.flatMap((block) =>
    block.kind === 'tool_call'
      ? [{ id: block.id, type: 'function', function: { name: block.name, arguments: block.arguments || '{}' } }]
      : [],
  );
  noteUnsayable(blocks, notes);
  return {
    role: 'assistant',
    content: text.length > 0 || calls.length === 0 ? text.join('') : null,
    ...compact({
      refusal: refusal.length > 0 ? refusal.join('') : undefined,
      tool_calls: calls.length > 0 ? calls : undefined,
    }),
  };
}

/** A chat has no place for what the model thought, nor for pictures that it made. */
function noteUnsayable(blocks: readonly Block[], notes: Notes): void {
  for (const { kind } of blocks) {
    if (kind === 'thinking' || kind === 'redacted_thinking') notes.lose('thinking');
    else if (kind === 'image' || kind === 'file' || kind === 'audio') notes.lose(`assistant_${kind}`);
  }
}

function writePart(block: Block): JsonObject {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: block.text };
    case 'image':
      return writeImage(block);
    case 'file':
      return writeFile(block);
    case 'audio':
      return { type: 'input_audio', input_audio: { format: block.format, data: block.data } };
    default:
      throw wrong(`A user cannot say anything of type ${block.kind}.`, 'messages');
  }
}

function writeImage({ source, detail }: ImageBlock): JsonObject {
  const url = urlOf(source);
  if (url === undefined) throw wrong('The provider that serves this cannot read images by file id.', 'messages');
  return { type: 'image_url', image_url: compact({ url, detail }) };
}

function writeFile({ source, name }: FileBlock): JsonObject {
  if (source.kind === 'id') return { type: 'file', file: { file_id: source.id } };
  if (source.kind === 'url') throw wrong('The provider that serves this cannot read files by URL.', 'messages');
  if (source.mediaType === 'text/plain') {
    return { type: 'text', text: Buffer.from(source.data, 'base64').toString() };
  }
  return { type: 'file', file: { file_data: urlOf(source) ?? '', filename: name ?? 'file' } };
}
