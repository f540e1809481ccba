import type { JsonObject } from '../../../snapshot/snapshot.js';
import type {
  AudioBlock,
  Block,
  FileBlock,
  ImageBlock,
  Source,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from '../conversation.js';
import { compact, parseObject, wrong } from '../json.js';
import type { Notes } from '../notes.js';
import { NO_SIGNATURE, ownSignature } from './gemini-signature.js';

const TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  pdf: 'application/pdf',
};

/** Writes the turns; those that nothing is left of are left out. */
export function writeContents(turns: readonly Turn[], notes: Notes): JsonObject[] {
  const names = namesOf(turns);
  return turns.flatMap(({ role, blocks }) => {
    const parts = role === 'user' ? userParts(blocks, names, notes) : modelParts(blocks, notes);
    return parts.length > 0 ? [{ role: role === 'user' ? 'user' : 'model', parts }] : [];
  });
}

/** Gemini knows results by the function's name. */
function namesOf(turns: readonly Turn[]): ReadonlyMap<string, string> {
  const calls = turns.flatMap(({ blocks }) => blocks.filter((block) => block.kind === 'tool_call'));
  return new Map(calls.map(({ id, name }) => [id, name]));
}

/** Results come before everything else, in the order of their calls: calls of one function are told apart by it. */
function userParts(blocks: readonly Block[], names: ReadonlyMap<string, string>, notes: Notes): JsonObject[] {
  const order = [...names.keys()];
  const results = blocks
    .filter((block) => block.kind === 'tool_result')
    .toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  const pictures = results.flatMap(({ content }) => content.filter(({ kind }) => kind !== 'text'));
  if (pictures.length > 0) notes.lose('tool_result_content');
  return [
    ...results.map((result) => writeResult(result, names.get(result.id) ?? result.id)),
    ...[...pictures, ...blocks].flatMap((block) => writeBlock(block, notes)),
  ];
}

/** A thought's signature belongs to the call that follows it. */
function modelParts(blocks: readonly Block[], notes: Notes): JsonObject[] {
  let signature: string | undefined;
  let isFirst = true;
  return blocks.flatMap((block) => {
    if (block.kind === 'thinking' && ownSignature(block.signature)) {
      signature = ownSignature(block.signature);
      return [];
    }
    if (block.kind !== 'tool_call') return writeBlock(block, notes);
    const part = writeCall(block, signature ?? (isFirst ? NO_SIGNATURE : undefined));
    signature = undefined;
    isFirst = false;
    return [part];
  });
}

function writeBlock(block: Block, notes: Notes): JsonObject[] {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return block.text === '' ? [] : [{ text: block.text }];
    case 'image':
      return [writeImage(block, notes)];
    case 'file':
      return [writeSource(block.source, block.name)];
    case 'audio':
      return [writeAudio(block)];
    case 'thinking':
    case 'redacted_thinking':
      notes.lose('thinking');
      return [];
    default:
      return []; // results are written by `userParts`, calls by `modelParts`
  }
}

function writeImage({ source, detail }: ImageBlock, notes: Notes): JsonObject {
  if (detail !== undefined && detail !== 'auto') notes.lose('image_detail');
  return writeSource(source, undefined);
}

function writeAudio({ format, data }: AudioBlock): JsonObject {
  return { inlineData: { mimeType: `audio/${format}`, data } };
}

function writeSource(source: Source, name: FileBlock['name']): JsonObject {
  if (source.kind === 'base64') return { inlineData: { mimeType: source.mediaType, data: source.data } };
  if (source.kind === 'id') throw wrong('The model that serves this knows no file ids of others.', 'messages');
  return { fileData: compact({ mimeType: typeOf(source.url) ?? typeOf(name ?? ''), fileUri: source.url }) };
}

function typeOf(name: string): string | undefined {
  const ending = /\.(\w{3,4})(?:[?#]|$)/.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(TYPES, ending) ? TYPES[ending] : undefined;
}

function writeCall({ id, name, arguments: text }: ToolCallBlock, signature: string | undefined): JsonObject {
  const args = parseObject(text.trim() || '{}');
  if (!args) throw wrong(`The arguments of the tool call "${id.slice(0, 60)}" are not a JSON object.`, 'messages');
  return compact({ functionCall: { name, args }, thoughtSignature: signature });
}

function writeResult({ content, isError }: ToolResultBlock, name: string): JsonObject {
  const text = content.flatMap((block) => (block.kind === 'text' ? [block.text] : [])).join('\n');
  return { functionResponse: { name, response: { [isError ? 'error' : 'output']: text } } };
}
