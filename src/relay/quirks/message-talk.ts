import type { JsonObject } from '../../snapshot/snapshot.js';
import { isObject, objectOf, objectsOf, textOr } from '../translate/json.js';
import type { Notes } from '../translate/notes.js';
import { INTERRUPTED } from '../translate/well-formed-turns.js';
import { renameMember, type ToolTalk } from './tool-talk.js';

/** Tools as Anthropic's Messages have them. Those of the provider itself have names that it knows. */
export const messageTalk: ToolTalk = {
  renameTools(request, rename) {
    for (const tool of objectsOf(request.tools)) if (isOwn(tool)) renameMember(tool, 'name', rename);
    if (objectOf(request.tool_choice).type === 'tool') renameMember(objectOf(request.tool_choice), 'name', rename);
    for (const block of blocksIn(request, 'tool_use')) renameMember(block, 'name', rename);
  },
  renameCalls(request, rename) {
    for (const block of blocksIn(request, 'tool_use')) renameMember(block, 'id', rename);
    for (const block of blocksIn(request, 'tool_result')) renameMember(block, 'tool_use_id', rename);
  },
  pair(request, notes) {
    if (Array.isArray(request.messages)) request.messages = paired(objectsOf(request.messages), notes);
  },
  renameInAnswer({ content }, rename) {
    for (const block of objectsOf(content)) if (block.type === 'tool_use') renameMember(block, 'name', rename);
  },
  renameInEvent({ content_block: block }, rename) {
    if (isObject(block) && block.type === 'tool_use') renameMember(block, 'name', rename);
  },
};

function isOwn({ type }: JsonObject): boolean {
  return type === undefined || type === null || type === 'custom';
}

function blocksIn({ messages }: JsonObject, type: string): JsonObject[] {
  return objectsOf(messages).flatMap((message) => blocksOf(message, type));
}

function blocksOf({ content }: JsonObject, type: string): JsonObject[] {
  return objectsOf(content).filter((block) => block.type === type);
}

function paired(messages: readonly JsonObject[], notes: Notes): JsonObject[] {
  const result: JsonObject[] = [];
  let open: string[] = [];
  for (const message of messages) {
    const isAnswer = message.role === 'user';
    if (!isAnswer && open.length > 0) result.push({ role: 'user', content: missing(open, notes) });
    const kept = isAnswer ? answered(message, open, notes) : message;
    if (kept) result.push(kept);
    open = isAnswer ? [] : blocksOf(message, 'tool_use').map(({ id }) => textOr(id));
  }
  if (open.length > 0) result.push({ role: 'user', content: missing(open, notes) });
  return result;
}

/** A user's message with exactly one result for each open call; `undefined` when nothing is left of it. */
function answered(message: JsonObject, open: readonly string[], notes: Notes): JsonObject | undefined {
  const { content } = message;
  const waiting = new Set(open);
  const blocks = Array.isArray(content) ? objectsOf(content) : [{ type: 'text', text: textOr(content) }];
  const kept = blocks.filter((block) => {
    if (block.type !== 'tool_result' || waiting.delete(textOr(block.tool_use_id))) return true;
    notes.lose('tool_result');
    return false;
  });
  if (kept.length === blocks.length && waiting.size === 0) return message;
  const all = [...missing([...waiting], notes), ...kept];
  return all.length === 0 ? undefined : { ...message, content: all };
}

function missing(ids: readonly string[], notes: Notes): JsonObject[] {
  return ids.map((id) => {
    notes.lose('tool_call');
    return { type: 'tool_result', tool_use_id: id, content: INTERRUPTED, is_error: true };
  });
}
