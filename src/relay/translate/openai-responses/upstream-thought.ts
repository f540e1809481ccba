import type { JsonObject } from '../../../snapshot/snapshot.js';
import type { ThinkingBlock } from '../conversation.js';
import { objectsOf, parseObject, textOf, textOr } from '../json.js';

const PREFIX = 'waggle-reasoning-1.';

/** The signature with which a thought of OpenAI's travels through other dialects: all that OpenAI wants back of it. */
export function signatureOf({ id, encrypted_content: sealed }: JsonObject): string | undefined {
  if (typeof sealed !== 'string' || sealed === '') return undefined;
  return PREFIX + Buffer.from(JSON.stringify({ id: textOr(id), sealed })).toString('base64url');
}

/** The item that OpenAI takes back; `undefined` for a thought that is not its own. */
export function reasoningItem({ text, signature = '' }: ThinkingBlock): JsonObject | undefined {
  if (!signature.startsWith(PREFIX)) return undefined;
  const own = parseObject(Buffer.from(signature.slice(PREFIX.length), 'base64url').toString());
  const sealed = textOf(own?.sealed);
  if (!own || sealed === undefined) return undefined;
  const summary = text === '' ? [] : [{ type: 'summary_text', text }];
  return { type: 'reasoning', id: textOr(own.id), summary, encrypted_content: sealed };
}

/** What can be read of a thought: its summary, or from open models all of it. */
export function thoughtText({ summary, content }: JsonObject): string {
  return [...objectsOf(summary), ...objectsOf(content)].map(({ text }) => textOr(text)).join('\n');
}
