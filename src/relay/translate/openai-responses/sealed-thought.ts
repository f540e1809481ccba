import type { RedactedThinkingBlock, ThinkingBlock } from '../conversation.js';
import { parseObject, textOf, textOr } from '../json.js';

const PREFIX = 'waggle-thought-1.';

/**
 * Puts a thought that only its provider takes back into the one field in which clients of Responses carry such things.
 * It hides nothing: the signature is what protects it.
 */
export function sealThought(block: ThinkingBlock | RedactedThinkingBlock): string | undefined {
  if (block.kind === 'thinking' && !block.signature) return undefined;
  return PREFIX + Buffer.from(JSON.stringify(block)).toString('base64url');
}

/** The thought in such a field; `undefined` when we did not put it there. */
export function openThought(sealed: string): ThinkingBlock | RedactedThinkingBlock | undefined {
  if (!sealed.startsWith(PREFIX)) return undefined;
  const block = parseObject(Buffer.from(sealed.slice(PREFIX.length), 'base64url').toString());
  if (block?.kind === 'redacted_thinking') return { kind: 'redacted_thinking', data: textOr(block.data) };
  return block && { kind: 'thinking', text: textOr(block.text), signature: textOf(block.signature) };
}
