/** An answer as it was given. */
export interface CachedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** What it cost to make, in pUSD; `null`: unpriced. */
  readonly costPicos: bigint | null;
}

interface Entry {
  readonly answer: CachedAnswer;
  readonly size: number;
  readonly madeAt: number;
  readonly expiresAt: number;
}

/** Counters since the start, and gauges. */
export interface CacheMetrics {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
}

/** What an entry costs beside its body. */
const OVERHEAD_BYTES = 1024;
/** No single answer may drive out everything else. */
const LARGEST_PART = 8;

/** Answers of this process by the digest of their request. It never grows beyond its bytes: what was not used for longest goes. */
export class AnswerCache {
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;
  private counts = { hits: 0, misses: 0 };

  constructor(private readonly maxBytes: number) {}

  get metrics(): CacheMetrics {
    return { ...this.counts, entries: this.entries.size, bytes: this.bytes };
  }

  /** The largest body that is kept. */
  get maxBodyBytes(): number {
    return Math.max(0, Math.floor(this.maxBytes / LARGEST_PART) - OVERHEAD_BYTES);
  }

  /** The answer to that request, and for how many seconds it has been here; times are ms since epoch. */
  find(key: string, now: number): { readonly answer: CachedAnswer; readonly ageSeconds: number } | undefined {
    const entry = this.entries.get(key);
    if (entry) this.drop(key, entry);
    if (!entry || entry.expiresAt <= now) {
      this.counts.misses += 1;
      return undefined;
    }
    this.counts.hits += 1;
    this.add(key, entry); // behind all others: those that were not used go first
    return { answer: entry.answer, ageSeconds: Math.max(0, Math.floor((now - entry.madeAt) / 1000)) };
  }

  /** Keeps an answer until `expiresAt`, in place of an earlier one. */
  put(
    key: string,
    answer: CachedAnswer,
    { now, expiresAt }: { readonly now: number; readonly expiresAt: number },
  ): void {
    const earlier = this.entries.get(key);
    if (earlier) this.drop(key, earlier);
    if (answer.body.length > this.maxBodyBytes) return;
    this.add(key, { answer, size: answer.body.length + OVERHEAD_BYTES, madeAt: now, expiresAt });
    for (const [oldKey, old] of this.entries) {
      if (this.bytes <= this.maxBytes) return;
      this.drop(oldKey, old);
    }
  }

  private add(key: string, entry: Entry): void {
    this.entries.set(key, entry);
    this.bytes += entry.size;
  }

  private drop(key: string, { size }: Entry): void {
    this.entries.delete(key);
    this.bytes -= size;
  }
}
