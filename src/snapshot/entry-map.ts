const SHARD_BITS = 10;
const SHARD_COUNT = 1 << SHARD_BITS;
const MASK = SHARD_COUNT - 1;
/** The best mixed bits of a product are its highest. */
const SHIFT = 32 - SHARD_BITS;

/**
 * An immutable map from text keys, made for large tables that change one entry at a time: a change copies one of 1,024
 * shards and shares the others with the map before it, so readers of the old one are never disturbed.
 */
export class EntryMap<V> {
  private constructor(
    private readonly shards: readonly (ReadonlyMap<string, V> | undefined)[],
    readonly size: number,
  ) {}

  static empty<V>(): EntryMap<V> {
    return new EntryMap<V>(Array.from({ length: SHARD_COUNT }), 0);
  }

  /** Builds a map; a later entry of the same key wins. */
  static of<V>(entries: Iterable<readonly [string, V]>): EntryMap<V> {
    return EntryMap.empty<V>().with(entries, []);
  }

  get(key: string): V | undefined {
    return this.shards[shardOf(key)]?.get(key);
  }

  /** The map with these entries set and these keys gone (removal first); this map stays as it is. */
  with(set: Iterable<readonly [string, V]>, remove: Iterable<string> = []): EntryMap<V> {
    const shards = [...this.shards];
    const fresh = new Map<number, Map<string, V>>();
    const own = (key: string): Map<string, V> => {
      const index = shardOf(key);
      let shard = fresh.get(index);
      if (!shard) {
        shard = new Map(shards[index]);
        fresh.set(index, shard);
        shards[index] = shard;
      }
      return shard;
    };
    let size = this.size;
    for (const key of remove) if (own(key).delete(key)) size--;
    for (const [key, value] of set) {
      const shard = own(key);
      if (!shard.has(key)) size++;
      shard.set(key, value);
    }
    return new EntryMap(shards, size);
  }

  *entries(): Generator<[string, V]> {
    for (const shard of this.shards) if (shard) yield* shard.entries();
  }

  *values(): Generator<V> {
    for (const shard of this.shards) if (shard) yield* shard.values();
  }
}

/** By the last four characters (NaN, and so 0, where there are fewer): ids differ most at their end. */
function shardOf(key: string): number {
  const end = key.length;
  const low = (key.charCodeAt(end - 1) << 7) ^ key.charCodeAt(end - 2);
  const high = (key.charCodeAt(end - 3) << 7) ^ key.charCodeAt(end - 4);
  const hash = Math.imul(low ^ (high << 14), 0x9e3779b1);
  return (hash >>> SHIFT) & MASK;
}
