import fc from 'fast-check';
import { Roster, type Listed } from './roster.js';

class Item implements Listed {
  place = -1;
}

describe('a roster', () => {
  it('holds what a set would hold, whatever is put in and taken out', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9)), (steps) => {
        const items = Array.from({ length: 10 }, () => new Item());
        const roster = new Roster<Item>();
        const set = new Set<Item>();
        for (const step of steps) {
          const item = items[step]!;
          if (set.delete(item)) roster.delete(item);
          else {
            roster.add(item);
            set.add(item);
          }
        }
        expect(new Set(visited(roster))).toEqual(set);
        expect(roster.size).toBe(set.size);
      }),
    );
  });

  it('visits each item that stays, though others are taken out meanwhile', () => {
    const items = Array.from({ length: 20 }, () => new Item());
    const roster = new Roster<Item>();
    for (const item of items) roster.add(item);
    const seen = new Set<Item>();
    roster.forEach((item) => {
      seen.add(item);
      const index = items.indexOf(item);
      if (index % 2 === 0) roster.delete(item);
      if (index % 5 === 0) roster.delete(items[(index + 7) % 20]!);
    });
    for (const item of visited(roster)) expect(seen.has(item)).toBe(true);
  });

  it('takes out what is not in it without a word', () => {
    const roster = new Roster<Item>();
    const [one, other] = [new Item(), new Item()];
    roster.add(one);
    roster.delete(other);
    roster.delete(one);
    roster.delete(one);
    expect(roster.size).toBe(0);
  });
});

function visited(roster: Roster<Item>): Item[] {
  const items: Item[] = [];
  roster.forEach((item) => items.push(item));
  return items;
}
