const OPEN_CALL = '<|tool_call>';
const CLOSE_CALL = '<tool_call|>';
const OPEN_THOUGHT = '<|channel>thought\n';
const CLOSE_THOUGHT = '<channel|>';
/** What ends a call, and what stands around its texts, in which anything may be. */
const CALL_MARKS = /<\|"\|>|<tool_call\|>/g;
/** A call that is longer is no call: nobody could hold it back for longer. */
const MAX_CALL = 256 * 1024;

/** A part of what Gemma wrote. A call's text is what stands between its marks. */
export interface GemmaPart {
  readonly kind: 'text' | 'thought' | 'call';
  readonly text: string;
}

/** Takes apart the text of a Gemma model that comes in pieces, wherever their borders are: text, thoughts, tool calls. */
export class GemmaText {
  private state: GemmaPart['kind'] = 'text';
  /** What can't be judged yet: in a text what may begin a mark, in a call its last signs. */
  private held = '';
  private call = '';
  private isQuoted = false;

  /** The parts that are whole by now. */
  push(piece: string): GemmaPart[] {
    this.held += piece;
    const parts: GemmaPart[] = [];
    if (this.state === 'call') this.call += piece;
    while (this.state === 'call' ? this.takeCall(parts) : this.takeText(parts));
    return parts.filter(({ kind, text }) => kind === 'call' || text !== '');
  }

  /** What is left when nothing follows; a call that has no end is no call. */
  end(): GemmaPart[] {
    const { held, state, call } = this;
    this.begin('text', '');
    if (state === 'call') return [{ kind: 'text', text: OPEN_CALL + call }];
    return held === '' ? [] : [{ kind: state, text: held }];
  }

  /** Takes text or a thought up to the next mark; `false` when there is none. */
  private takeText(parts: GemmaPart[]): boolean {
    const kind = this.state;
    const marks = kind === 'text' ? [OPEN_CALL, OPEN_THOUGHT] : [CLOSE_THOUGHT];
    const found = firstOf(this.held, marks);
    const end = found?.at ?? this.held.length - tailOf(this.held, marks);
    parts.push({ kind, text: this.held.slice(0, end) });
    const rest = this.held.slice(end + (found?.mark.length ?? 0));
    if (found) this.begin(kind === 'thought' ? 'text' : found.mark === OPEN_CALL ? 'call' : 'thought', rest);
    else this.held = rest;
    return found !== undefined;
  }

  private takeCall(parts: GemmaPart[]): boolean {
    CALL_MARKS.lastIndex = 0;
    let seen = 0;
    for (let mark = CALL_MARKS.exec(this.held); mark; mark = CALL_MARKS.exec(this.held)) {
      const [text] = mark;
      if (text === CLOSE_CALL && !this.isQuoted) {
        parts.push({ kind: 'call', text: this.call.slice(0, this.call.length - this.held.length + mark.index) });
        this.begin('text', this.held.slice(CALL_MARKS.lastIndex));
        return true;
      }
      if (text !== CLOSE_CALL) this.isQuoted = !this.isQuoted;
      seen = CALL_MARKS.lastIndex;
    }
    this.held = this.held.slice(Math.max(seen, this.held.length - CLOSE_CALL.length + 1));
    if (this.call.length <= MAX_CALL) return false;
    parts.push({ kind: 'text', text: OPEN_CALL + this.call });
    this.begin('text', '');
    return false;
  }

  private begin(state: GemmaPart['kind'], rest: string): void {
    this.state = state;
    this.held = rest;
    this.call = state === 'call' ? rest : '';
    this.isQuoted = false;
  }
}

function firstOf(text: string, marks: readonly string[]): { readonly at: number; readonly mark: string } | undefined {
  const found = marks.map((mark) => ({ mark, at: text.indexOf(mark) })).filter(({ at }) => at >= 0);
  return found.toSorted((a, b) => a.at - b.at)[0];
}

/** How long the end of a text is that may be the beginning of a mark. */
function tailOf(text: string, marks: readonly string[]): number {
  const most = Math.min(text.length, Math.max(...marks.map(({ length }) => length)) - 1);
  for (let length = most; length > 0; length--) {
    const tail = text.slice(text.length - length);
    if (marks.some((mark) => mark.startsWith(tail))) return length;
  }
  return 0;
}
