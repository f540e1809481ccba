const OPEN = '<think>';
const CLOSE = '</think>';
/** Nobody begins a thought after so many blanks. */
const MAX_BLANKS = 4096;

/** Takes `<think>…</think>` off the beginning of a text that comes in pieces, wherever their borders are. */
export class InlineThought {
  private state: 'before' | 'inside' | 'behind' | 'after' = 'before';
  /** What can't be judged yet. */
  private held = '';

  /** The part of the next piece that is no thought. */
  push(piece: string): string {
    if (this.state === 'after') return piece;
    this.held += piece;
    if (this.is('before')) this.open();
    if (this.is('inside')) this.close();
    if (this.is('behind')) this.skipBlanks();
    return this.is('after') ? this.take() : '';
  }

  /** What is left when nothing follows: a beginning that became no thought after all. */
  end(): string {
    const rest = this.state === 'inside' ? '' : this.take();
    this.state = 'after';
    this.held = '';
    return rest;
  }

  private is(state: InlineThought['state']): boolean {
    return this.state === state;
  }

  private open(): void {
    const text = this.held.trimStart();
    if (text.startsWith(OPEN)) {
      this.state = 'inside';
      this.held = text.slice(OPEN.length);
    } else if (!OPEN.startsWith(text) || this.held.length > MAX_BLANKS) this.state = 'after';
  }

  /** Keeps no more of a thought than what may be the beginning of its end. */
  private close(): void {
    const at = this.held.indexOf(CLOSE);
    if (at < 0) this.held = this.held.slice(1 - CLOSE.length);
    else {
      this.state = 'behind';
      this.held = this.held.slice(at + CLOSE.length);
    }
  }

  private skipBlanks(): void {
    this.held = this.held.trimStart();
    if (this.held !== '') this.state = 'after';
  }

  private take(): string {
    const { held } = this;
    this.held = '';
    return held;
  }
}
