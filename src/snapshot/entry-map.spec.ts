import fc from 'fast-check';
import { EntryMap } from './entry-map.js';

describe(EntryMap.name, () => {
  it('holds what a plain Map holds after any series of changes, and leaves every earlier map as it was', () => {
    const change = fc.record({ set: fc.array(fc.tuple(fc.string(), fc.nat())), remove: fc.array(fc.string()) });
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        let model = new Map<string, number>();
        let map = EntryMap.empty<number>();
        for (const { set, remove } of changes) {
          const before = new Map(map.entries());
          const next = map.with(set, remove);
          expect(new Map(map.entries())).toEqual(before);
          model = new Map(model);
          for (const key of remove) model.delete(key);
          for (const [key, value] of set) model.set(key, value);
          map = next;
          expect(new Map(map.entries())).toEqual(model);
          expect(map.size).toBe(model.size);
        }
      }),
    );
  });

  it('finds what it holds and nothing else', () => {
    const map = EntryMap.of([['a', 1]]);
    expect([map.get('a'), map.get('b')]).toEqual([1, undefined]);
  });
});
