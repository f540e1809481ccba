import type { Block, ToolResultBlock, Turn } from './conversation.js';
import type { Notes } from './notes.js';

/** What stands in place of a result that never came. */
export const INTERRUPTED = 'The tool call was interrupted: there is no result.';
const BEGINNING = 'Go on.';

/**
 * The same conversation in the form that stricter dialects want: the user begins, sides take turns, and every tool call
 * is answered in the very next turn, nothing else is. What had to be made up or left out is noted.
 */
export function wellFormed(turns: readonly Turn[], notes: Notes): readonly Turn[] {
  const merged = repaired(merge(turns), notes);
  const kept = merge(merged.filter(({ blocks }) => blocks.some(hasContent)));
  if (kept[0]?.role === 'user') return kept;
  notes.lose('first_message');
  return [{ role: 'user', blocks: [{ kind: 'text', text: BEGINNING }] }, ...kept];
}

function hasContent(block: Block): boolean {
  return block.kind !== 'text' || block.text.trim() !== '';
}

function merge(turns: readonly Turn[]): Turn[] {
  const merged: Turn[] = [];
  for (const turn of turns) {
    const last = merged.at(-1);
    if (last?.role === turn.role) merged[merged.length - 1] = { ...last, blocks: [...last.blocks, ...turn.blocks] };
    else merged.push(turn);
  }
  return merged;
}

function repaired(turns: readonly Turn[], notes: Notes): Turn[] {
  const result: Turn[] = [];
  let open: readonly string[] = [];
  for (const turn of turns) {
    if (turn.role === 'user') result.push({ role: 'user', blocks: answered(turn.blocks, open, notes) });
    else {
      if (open.length > 0) result.push({ role: 'user', blocks: answered([], open, notes) });
      result.push(turn);
    }
    open = turn.role === 'user' ? [] : callsIn(turn);
  }
  if (open.length > 0) result.push({ role: 'user', blocks: answered([], open, notes) });
  return result;
}

function callsIn({ blocks }: Turn): string[] {
  return blocks.flatMap((block) => (block.kind === 'tool_call' ? [block.id] : []));
}

/** The blocks of a user's turn with exactly one result for each open call. */
function answered(blocks: readonly Block[], open: readonly string[], notes: Notes): Block[] {
  const waiting = new Set(open);
  const kept = blocks.filter((block) => {
    if (block.kind !== 'tool_result' || waiting.delete(block.id)) return true;
    notes.lose('tool_result');
    return false;
  });
  const missing = [...waiting].map((id): ToolResultBlock => {
    notes.lose('tool_call');
    return { kind: 'tool_result', id, content: [{ kind: 'text', text: INTERRUPTED }], isError: true };
  });
  return [...missing, ...kept];
}
