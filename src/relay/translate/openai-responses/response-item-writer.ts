import type { JsonObject } from '../../../snapshot/snapshot.js';
import type { Block, Conversation, FileBlock, ImageBlock, ToolResultBlock } from '../conversation.js';
import { urlOf } from '../data-url.js';
import { compact, wrong } from '../json.js';
import type { Notes } from '../notes.js';
import { reasoningItem } from './upstream-thought.js';

/** Writes the turns of a conversation as items. */
export function writeInput({ turns }: Conversation, notes: Notes): JsonObject[] {
  const items: JsonObject[] = [];
  for (const { role, blocks } of turns) {
    if (blocks.some((block) => 'cache' in block && block.cache)) notes.lose('cache_control');
    for (const block of blocks) add(items, role, writeBlock(block, role, notes));
  }
  return items;
}

/** An item of its own, or a part of a message. */
type Written = { readonly item: JsonObject } | { readonly part: JsonObject } | undefined;

/** Parts go on with the message before, if that is the same side's. */
function add(items: JsonObject[], role: string, written: Written): void {
  if (!written) return;
  if ('item' in written) return void items.push(written.item);
  const last = items.at(-1);
  if (last?.type === 'message' && last.role === role && Array.isArray(last.content)) last.content.push(written.part);
  else items.push({ type: 'message', role, content: [written.part] });
}

function writeBlock(block: Block, role: 'user' | 'assistant', notes: Notes): Written {
  switch (block.kind) {
    case 'text':
      return { part: { type: role === 'user' ? 'input_text' : 'output_text', text: block.text } };
    case 'refusal':
      return { part: { type: 'refusal', refusal: block.text } };
    case 'image':
      return { part: writeImage(block) };
    case 'file':
      return { part: writeFile(block) };
    case 'audio':
      throw wrong('The model that serves this cannot hear: input_audio is not supported.', 'messages');
    case 'tool_call':
      return { item: writeCall(block) };
    case 'tool_result':
      return { item: writeResult(block, notes) };
    default:
      return writeThought(block, notes);
  }
}

function writeCall({ id, name, arguments: text }: Extract<Block, { kind: 'tool_call' }>): JsonObject {
  return { type: 'function_call', call_id: id, name, arguments: text || '{}' };
}

function writeThought(block: Extract<Block, { kind: 'thinking' | 'redacted_thinking' }>, notes: Notes): Written {
  const item = block.kind === 'thinking' ? reasoningItem(block) : undefined;
  if (!item) notes.lose('thinking');
  return item && { item };
}

function writeResult({ id, content, isError }: ToolResultBlock, notes: Notes): JsonObject {
  if (isError) notes.lose('tool_result_error');
  const isText = content.every(({ kind }) => kind === 'text');
  const text = content.map((block) => (block.kind === 'text' ? block.text : '')).join('\n');
  return { type: 'function_call_output', call_id: id, output: isText ? text : content.map(writeContent) };
}

function writeContent(block: ToolResultBlock['content'][number]): JsonObject {
  if (block.kind === 'text') return { type: 'input_text', text: block.text };
  return block.kind === 'image' ? writeImage(block) : writeFile(block);
}

function writeImage({ source, detail }: ImageBlock): JsonObject {
  if (source.kind === 'id') return compact({ type: 'input_image', file_id: source.id, detail: detail ?? 'auto' });
  return compact({ type: 'input_image', image_url: urlOf(source), detail: detail ?? 'auto' });
}

function writeFile({ source, name }: FileBlock): JsonObject {
  if (source.kind === 'id') return { type: 'input_file', file_id: source.id };
  if (source.kind === 'url') return { type: 'input_file', file_url: source.url };
  if (source.mediaType === 'text/plain') {
    return { type: 'input_text', text: Buffer.from(source.data, 'base64').toString() };
  }
  return compact({ type: 'input_file', file_data: urlOf(source), filename: name ?? 'file' });
}
