import type { Dialect } from '../../providers/drivers/driver.js';
import type { RequestPolicy } from '../../snapshot/snapshot.js';
import type { JsonBody } from './json-body.js';
import { isArraySpan, isObjectSpan, parseSpan, scanArray, scanObject, type Span } from './json-scan.js';
import type { Splice } from './splice.js';

type SystemPrompt = NonNullable<RequestPolicy['systemPrompt']>;

/** The splices that put a profile's system prompt where the client's dialect has its instructions. */
export function systemPromptSplices(body: JsonBody, dialect: Dialect, prompt: SystemPrompt): Splice[] {
  switch (dialect) {
    case 'openai-chat':
      return intoMessages(body, prompt);
    case 'openai-responses':
      return intoText(body, 'instructions', prompt);
    case 'anthropic-messages':
      return intoSystem(body, prompt);
    default:
      return [];
  }
}

/** Anthropic's `system` is a text, or a list of blocks that may carry cache marks: those stay as they are. */
function intoSystem(body: JsonBody, prompt: SystemPrompt): Splice[] {
  const { raw, members } = body;
  const span = members.get('system');
  if (!span || !isArraySpan(raw, span) || prompt.position === 'replace') return intoText(body, 'system', prompt);
  const blocks = scanArray(raw, span);
  if (blocks.some((block) => memberOf(raw, block, 'text') === prompt.text)) return [];
  const bytes = JSON.stringify({ type: 'text', text: prompt.text });
  const isLast = prompt.position === 'append';
  const at = isLast ? span.end - 1 : span.start + 1;
  if (blocks.length === 0) return [insertion(at, bytes)];
  return [insertion(at, isLast ? `,${bytes}` : `${bytes},`)];
}

function intoMessages({ raw, members }: JsonBody, { text, position }: SystemPrompt): Splice[] {
  const messages = members.get('messages');
  if (!messages || !isArraySpan(raw, messages)) return [];
  const all = scanArray(raw, messages);
  const system = all.filter((message) => isSystemMessage(raw, message));
  if (system.some((message) => contentOf(raw, message) === text)) return [];
  const bytes = JSON.stringify({ role: 'system', content: text });
  const first = system[0];
  if (position === 'replace' && first) return [{ start: first.start, end: first.end, bytes: Buffer.from(bytes) }];
  const at = position === 'append' ? messages.end - 1 : messages.start + 1;
  if (all.length === 0) return [insertion(at, bytes)];
  return [insertion(at, position === 'append' ? `,${bytes}` : `${bytes},`)];
}

function intoText(body: JsonBody, name: 'instructions' | 'system', { text, position }: SystemPrompt): Splice[] {
  const span = body.members.get(name);
  if (!span) return [insertion(body.raw.lastIndexOf('}'), `,${JSON.stringify(name)}:${JSON.stringify(text)}`)];
  const value = body.value(name);
  const given = typeof value === 'string' ? value : '';
  if (given === text) return [];
  const parts = position === 'append' ? [given, text] : [text, given];
  const merged = position === 'replace' ? text : parts.filter(Boolean).join('\n\n');
  return [{ start: span.start, end: span.end, bytes: Buffer.from(JSON.stringify(merged)) }];
}

function insertion(at: number, text: string): Splice {
  return { start: at, end: at, bytes: Buffer.from(text) };
}

function isSystemMessage(raw: Buffer, message: Span): boolean {
  const role = memberOf(raw, message, 'role');
  return role === 'system' || role === 'developer';
}

function contentOf(raw: Buffer, message: Span): unknown {
  return memberOf(raw, message, 'content');
}

function memberOf(raw: Buffer, message: Span, key: string): unknown {
  if (!isObjectSpan(raw, message)) return undefined;
  const span = scanObject(raw, message.start, message.end).get(key);
  return span && parseSpan(raw, span);
}
