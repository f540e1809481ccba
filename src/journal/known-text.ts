type Key = string | null;

interface Known {
  readonly a: Key;
  readonly b: Key;
  readonly text: string;
}

/** That many are remembered at most. */
const MOST_TEXTS = 1000;

/** A text about ids that stay together from call to call: made once, and in one piece rather than as a rope of parts. */
export class KnownText {
  private readonly texts = new Map<string, Known>();

  /** `print` makes it, of an id and what mostly comes with it. */
  constructor(private readonly print: (id: Key, a: Key, b: Key) => string) {}

  of(id: Key, a: Key, b: Key = null): string {
    if (id === null) return this.print(id, a, b);
    const known = this.texts.get(id);
    if (known?.a === a && known.b === b) return known.text;
    if (this.texts.size >= MOST_TEXTS) this.texts.clear();
    const text = Buffer.from(this.print(id, a, b)).toString();
    this.texts.set(id, { a, b, text });
    return text;
  }
}
