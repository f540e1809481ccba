import type { JsonObject } from '../../snapshot/snapshot.js';
import { isObject, objectOf, objectsOf, textOr } from '../translate/json.js';
import type { Notes } from '../translate/notes.js';
import { INTERRUPTED } from '../translate/well-formed-turns.js';
import { renameMember, type Renaming, type ToolTalk } from './tool-talk.js';

/** Tools as chat completions have them. */
export const chatTalk: ToolTalk = {
  renameTools(request, rename) {
    for (const tool of objectsOf(request.tools)) renameMember(objectOf(tool.function), 'name', rename);
    if (isObject(request.tool_choice)) renameMember(objectOf(request.tool_choice.function), 'name', rename);
    for (const call of callsIn(request)) renameMember(objectOf(call.function), 'name', rename);
    for (const message of objectsOf(request.messages))
      if (message.role === 'tool') renameMember(message, 'name', rename);
  },
  renameCalls(request, rename) {
    for (const call of callsIn(request)) renameMember(call, 'id', rename);
    for (const message of objectsOf(request.messages)) renameMember(message, 'tool_call_id', rename);
  },
  pair(request, notes) {
    if (Array.isArray(request.messages)) request.messages = paired(objectsOf(request.messages), notes);
  },
  renameInAnswer({ choices }, rename) {
    for (const { message } of objectsOf(choices)) renameIn(objectOf(message), rename);
  },
  renameInEvent({ choices }, rename) {
    for (const { delta } of objectsOf(choices)) renameIn(objectOf(delta), rename);
  },
};

function callsIn({ messages }: JsonObject): JsonObject[] {
  return objectsOf(messages).flatMap(({ tool_calls: calls }) => objectsOf(calls));
}

function renameIn({ tool_calls: calls }: JsonObject, rename: Renaming): void {
  for (const call of objectsOf(calls)) renameMember(objectOf(call.function), 'name', rename);
}

function paired(messages: readonly JsonObject[], notes: Notes): JsonObject[] {
  const result: JsonObject[] = [];
  const open = new Set<string>();
  const close = (): void => {
    for (const id of open) {
      notes.lose('tool_call');
      result.push({ role: 'tool', tool_call_id: id, content: INTERRUPTED });
    }
    open.clear();
  };
  for (const message of messages) {
    if (message.role === 'tool') {
      if (open.delete(textOr(message.tool_call_id))) result.push(message);
      else notes.lose('tool_result');
      continue;
    }
    close();
    result.push(message);
    for (const { id } of objectsOf(message.tool_calls)) open.add(textOr(id));
  }
  close();
  return result;
}
