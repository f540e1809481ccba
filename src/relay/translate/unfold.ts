import type { Answer, AnswerEvent, Block } from './conversation.js';

/** The steps in which a stream would have brought a whole answer. */
export function unfold({ blocks, stop, stopSequence, usage }: Answer): AnswerEvent[] {
  let calls = 0;
  const events = blocks.flatMap((block) => (block.kind === 'tool_call' ? callEvents(block, calls++) : said(block)));
  if (usage) events.push({ kind: 'usage', usage });
  return [...events, { kind: 'stop', stop, stopSequence }];
}

function callEvents(
  { id, name, arguments: text }: Extract<Block, { kind: 'tool_call' }>,
  index: number,
): AnswerEvent[] {
  return [
    { kind: 'tool_call', index, id, name },
    { kind: 'arguments', index, text },
  ];
}

function said(block: Block): AnswerEvent[] {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return [{ kind: block.kind, text: block.text }];
    case 'redacted_thinking':
      return [{ kind: 'redacted_thinking', data: block.data }];
    case 'thinking': {
      const thought: AnswerEvent = { kind: 'thinking', text: block.text };
      return block.signature ? [thought, { kind: 'signature', signature: block.signature }] : [thought];
    }
    default:
      return []; // models don't send pictures or files in any dialect that we speak
  }
}
