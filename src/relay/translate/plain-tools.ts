import type { JsonObject } from '../../snapshot/snapshot.js';
import { PLAIN, ToolNames, type NameRule } from '../quirks/plain-names.js';
import type { Answer, AnswerEvent, Block, Conversation } from './conversation.js';
import type { StreamWriter } from './dialects.js';

/** What each kind of upstream takes as the name of a tool, where it is more than most take. */
export const ANTHROPIC_NAMES: NameRule = { ...PLAIN, most: 128 };
export const GEMINI_NAMES: NameRule = { refused: /[^a-zA-Z0-9_.-]|^[^a-zA-Z_]/g, most: 64 };

/** The conversation with names of tools that its upstream takes, and the way back; `undefined` when it takes them all. */
export function withPlainTools(
  conversation: Conversation,
  rule: NameRule,
  given: ReadonlyMap<string, string> | null | undefined,
): { readonly conversation: Conversation; readonly names: ToolNames } | undefined {
  const names = new ToolNames(rule, given);
  for (const { name } of conversation.tools) names.toUpstream(name);
  for (const { blocks } of conversation.turns) {
    for (const block of blocks) if (block.kind === 'tool_call') names.toUpstream(block.name);
  }
  return names.isEmpty ? undefined : { conversation: renamed(conversation, names), names };
}

function renamed(conversation: Conversation, names: ToolNames): Conversation {
  const { tools, toolChoice: choice, turns } = conversation;
  return {
    ...conversation,
    tools: tools.map((tool) => ({ ...tool, name: names.toUpstream(tool.name) })),
    toolChoice: choice?.kind === 'tool' ? { ...choice, name: names.toUpstream(choice.name) } : choice,
    turns: turns.map((turn) => ({ ...turn, blocks: turn.blocks.map((block) => named(block, names)) })),
  };
}

function named(block: Block, names: ToolNames): Block {
  return block.kind === 'tool_call' ? { ...block, name: names.toUpstream(block.name) } : block;
}

/** The answer with the names that the client knows. */
export function withShownTools(answer: Answer, names: ToolNames): Answer {
  const blocks = answer.blocks.map((block) =>
    block.kind === 'tool_call' ? { ...block, name: names.toClient(block.name) } : block,
  );
  return { ...answer, blocks };
}

/** Writes streams with the names that the client knows. */
export class ShownToolsWriter implements StreamWriter {
  readonly fail: StreamWriter['fail'];

  constructor(
    private readonly writer: StreamWriter,
    private readonly names: ToolNames,
  ) {
    this.fail = writer.fail?.bind(writer);
  }

  write(event: AnswerEvent): string {
    return this.writer.write(event.kind === 'tool_call' ? { ...event, name: this.names.toClient(event.name) } : event);
  }

  end(note?: JsonObject): string {
    return this.writer.end(note);
  }
}
