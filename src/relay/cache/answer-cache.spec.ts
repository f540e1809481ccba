import { AnswerCache, type CachedAnswer } from './answer-cache.js';

const KIBIBYTE = 1024;
const answer = (text: string): CachedAnswer => ({ status: 200, headers: {}, body: Buffer.from(text), costPicos: 1n });
const until = (expiresAt: number) => ({ now: 0, expiresAt });

describe('the cache of answers', () => {
  it('gives an answer until its time is over', () => {
    const cache = new AnswerCache(64 * KIBIBYTE);
    cache.put('a', answer('one'), until(5000));
    expect(cache.find('a', 4999)).toEqual({ answer: answer('one'), ageSeconds: 4 });
    expect(cache.find('a', 5000)).toBeUndefined();
    expect(cache.metrics).toEqual({ entries: 0, bytes: 0, hits: 1, misses: 1 });
  });

  it('never holds more than its bytes, and lets go what was not used for longest', () => {
    const cache = new AnswerCache(64 * KIBIBYTE);
    const large = 'x'.repeat(7 * KIBIBYTE - 1);
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) cache.put(key, answer(large), until(1));
    expect(cache.find('a', 0)).toBeDefined();
    cache.put('i', answer(large), until(1));
    expect(cache.metrics.bytes).toBeLessThanOrEqual(64 * KIBIBYTE);
    expect(['a', 'b', 'c'].map((key) => cache.find(key, 0) !== undefined)).toEqual([true, false, true]);
  });

  it('keeps no answer that would drive out all others, and nothing when it has no room at all', () => {
    const cache = new AnswerCache(64 * KIBIBYTE);
    cache.put('a', answer('x'.repeat(8 * KIBIBYTE)), until(1));
    expect(cache.find('a', 0)).toBeUndefined();
    const none = new AnswerCache(0);
    none.put('a', answer(''), until(1));
    expect(none.metrics).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('counts what replaces an earlier answer once', () => {
    const cache = new AnswerCache(64 * KIBIBYTE);
    cache.put('a', answer('one'), until(1));
    cache.put('a', answer('three'), until(1));
    expect(cache.find('a', 0)?.answer.body.toString()).toBe('three');
    expect(cache.metrics).toMatchObject({ entries: 1, bytes: KIBIBYTE + 5 });
  });
});
