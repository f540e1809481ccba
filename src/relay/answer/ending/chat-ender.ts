import type { JsonObject } from '../../../snapshot/snapshot.js';
import { objectsOf, parseObject } from '../../translate/json.js';
import { chatUsage } from '../../translate/openai-chat/chat-usage.js';
import type { EarlyEnd, StreamEnder } from './stream-ender.js';

/** What a chunk has of its own; all else is the same in each. */
const OWN = new Set(['choices', 'usage', 'obfuscation', 'error']);

/** What the end depends on. */
export interface ChatEndShape {
  /** Whether it is of the older `/completions`. */
  readonly isLegacy: boolean;
  /** How many answers were asked for. */
  readonly choices: number;
  /** Whether the client wants to be told the usage. */
  readonly asksForUsage: boolean;
}

/** Ends chats and completions: a finish reason for each choice that has none, the usage if it is wanted, `[DONE]`. */
export class ChatEnder implements StreamEnder {
  private readonly finished = new Set<number>();

  constructor(private readonly shape: ChatEndShape) {}

  pass(raw: Buffer, start: number, end: number): void {
    if (this.shape.choices === 1) return; // the one that grows too long has not finished
    for (const { index, finish_reason: reason } of objectsOf(parseObject(raw.toString('utf8', start, end))?.choices)) {
      if (typeof index === 'number' && typeof reason === 'string') this.finished.add(index);
    }
  }

  end(payload: JsonObject, { usage, note }: EarlyEnd): string {
    const common = Object.fromEntries(Object.entries(payload).filter(([name]) => !OWN.has(name)));
    const usual = 'usage' in payload ? { usage: null } : {};
    const last = chunk({ ...common, choices: this.lastChoices(), ...usual, waggle: { ...note } });
    const told = this.shape.asksForUsage ? chunk({ ...common, choices: [], usage: chatUsage(usage) }) : '';
    return `${last}${told}data: [DONE]\n\n`;
  }

  private lastChoices(): JsonObject[] {
    const { isLegacy, choices } = this.shape;
    const indexes = Array.from({ length: choices }, (_, index) => index).filter((index) => !this.finished.has(index));
    const said: JsonObject = isLegacy ? { text: '' } : { delta: {} };
    return indexes.map((index) => ({ index, ...said, logprobs: null, finish_reason: 'length' }));
  }
}

function chunk(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
