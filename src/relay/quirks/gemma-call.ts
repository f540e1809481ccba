import type { JsonObject, JsonValue } from '../../snapshot/snapshot.js';

const CALL = /^\s*call:\s*([^\s{]+)\s*\{/;
const QUOTE = '<|"|>';
const SPACE = /\s*/y;
const WORD = /[^,{}[\]]*/y;
const KEY = /[^:,{}[\]]+/y;
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const WORDS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const MAX_DEPTH = 64;

/** A tool call as a model meant it. */
export interface WrittenCall {
  readonly name: string;
  readonly arguments: JsonObject;
}

/** Reads `call:name{key:<|"|>text<|"|>,n:1}`; `undefined` when it isn't that. */
export function readGemmaCall(text: string): WrittenCall | undefined {
  const head = CALL.exec(text);
  if (!head?.[1]) return undefined;
  const reader = new ArgumentReader(text, head[0].length - 1);
  const value = reader.object(0);
  return value && reader.isAtEnd ? { name: head[1], arguments: value } : undefined;
}

/** Reads values of Gemma's form, one after the other; each method gives `undefined` for what is none. */
class ArgumentReader {
  constructor(
    private readonly text: string,
    private at: number,
  ) {}

  get isAtEnd(): boolean {
    this.skip();
    return this.at === this.text.length;
  }

  object(depth: number): JsonObject | undefined {
    if (!this.takes('{') || depth > MAX_DEPTH) return undefined;
    const members: [string, JsonValue][] = [];
    if (this.takes('}')) return {};
    do {
      const key = this.key();
      const value = key === undefined || !this.takes(':') ? undefined : this.value(depth + 1);
      if (key === undefined || value === undefined) return undefined;
      members.push([key, value]);
    } while (this.takes(','));
    return this.takes('}') ? Object.fromEntries(members) : undefined;
  }

  private list(depth: number): JsonValue[] | undefined {
    if (!this.takes('[') || depth > MAX_DEPTH) return undefined;
    const items: JsonValue[] = [];
    if (this.takes(']')) return items;
    do {
      const item = this.value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
    } while (this.takes(','));
    return this.takes(']') ? items : undefined;
  }

  private value(depth: number): JsonValue | undefined {
    this.skip();
    if (this.text.startsWith(QUOTE, this.at)) return this.quoted();
    if (this.text[this.at] === '{') return this.object(depth);
    if (this.text[this.at] === '[') return this.list(depth);
    const word = this.matched(WORD).trim();
    if (word === '') return undefined;
    return NUMBER.test(word) ? Number(word) : (WORDS.get(word) ?? (word === 'null' ? null : word));
  }

  private key(): string | undefined {
    this.skip();
    if (this.text.startsWith(QUOTE, this.at)) return this.quoted();
    return this.matched(KEY).trim() || undefined;
  }

  private quoted(): string | undefined {
    const start = this.at + QUOTE.length;
    const end = this.text.indexOf(QUOTE, start);
    if (end < 0) return undefined;
    this.at = end + QUOTE.length;
    return this.text.slice(start, end);
  }

  private takes(sign: string): boolean {
    this.skip();
    if (this.text[this.at] !== sign) return false;
    this.at += 1;
    return true;
  }

  private skip(): void {
    this.matched(SPACE);
  }

  private matched(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }
}
