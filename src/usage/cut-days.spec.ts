import { cutDays, type CutDays } from './cut-days.js';

const QUARTER_MS = 900_000;
const DAY_MS = 96 * QUARTER_MS;
const START = Date.parse('2026-10-30T00:00:00Z');
const at = (quarters: number): Date => new Date(START + quarters * QUARTER_MS);
const placeOf = (time: Date): number => (time.getTime() - START) / QUARTER_MS;

describe(cutDays.name, () => {
  it.each(Array.from({ length: 96 }, (_, offset) => offset))(
    'sums the days of a zone that begin %i quarter hours after those of UTC, from at most half of them',
    (offset) => {
      const borders = Array.from({ length: 6 }, (_, day) => at(offset + 96 * day));
      const cut = cutDays(borders);
      expect(sumsOf(cut, borders)).toEqual(truthOf(borders));
      expect(readOf(cut)).toBeLessThanOrEqual(6 * 48);
    },
  );

  it('sums every range of up to two days, and never reads more than twelve hours a border', () => {
    for (let from = 0; from < 96; from++) {
      for (let to = from + 1; to <= from + 192; to++) {
        const borders = [at(from), at(to)];
        const cut = cutDays(borders);
        if (sumsOf(cut, borders)[0] !== truthOf(borders)[0]) expect([from, to]).toBe('summed right');
        expect(readOf(cut)).toBeLessThanOrEqual(96);
      }
    }
  });

  it('sums days that clocks make longer or shorter, and several of them within one of UTC', () => {
    for (const quarters of [
      [16, 112, 212, 308],
      [8, 104, 196, 292],
      [2, 94, 190, 192],
      [1, 2, 40, 95, 96, 97, 300],
      [10, 20],
      [10, 90],
    ]) {
      const borders = quarters.map(at);
      expect(sumsOf(cutDays(borders), borders)).toEqual(truthOf(borders));
    }
  });

  it('cuts nothing of days in UTC, also before 1970', () => {
    expect(cutDays([at(0), at(96), at(192)])).toEqual({ days: [], countedAt: [], pieces: [] });
    const [border, day] = [new Date('1969-12-30T20:00:00Z'), new Date('1969-12-30T00:00:00Z')];
    expect(cutDays([border, new Date('1970-01-01T00:00:00Z')]).days).toEqual([day]);
  });

  it('takes off what it does not want of a day at the end', () => {
    expect(cutDays([at(8), at(96)])).toEqual({
      days: [at(0)],
      countedAt: [at(8)],
      pieces: [{ from: at(0), to: at(8), addedAt: null, takenOffAt: at(8) }],
    });
    expect(cutDays([at(88), at(96)])).toEqual({
      days: [at(0)],
      countedAt: [null],
      pieces: [{ from: at(88), to: at(96), addedAt: at(88), takenOffAt: null }],
    });
  });
});

/** No two sets of quarter hours that a test sums have the same sum by chance. */
function countIn(quarter: number): number {
  return quarter < -96 || quarter >= 1000 ? 0 : (quarter + 97) ** 2;
}

function countBetween(from: number, to: number): number {
  let sum = 0;
  for (let quarter = from; quarter < to; quarter++) sum += countIn(quarter);
  return sum;
}

function truthOf(borders: readonly Date[]): number[] {
  return borders.slice(1).map((end, i) => countBetween(placeOf(borders[i]!), placeOf(end)));
}

/** As the statement sums: whole days, cut days where they are counted, and pieces with their signs. */
function sumsOf({ days, countedAt, pieces }: CutDays, borders: readonly Date[]): number[] {
  const sums = borders.slice(1).map(() => 0);
  const add = (time: Date | null, count: number): void => {
    if (time === null) return;
    const interval = borders.findLastIndex((border) => border <= time);
    if (interval < 0 || interval >= sums.length) throw new Error(`${time.toISOString()} is in no interval`);
    sums[interval]! += count;
  };
  const cut = new Map(days.map((day, i) => [day.getTime(), countedAt[i]!]));
  const [first, last] = [borders[0]!.getTime(), borders.at(-1)!.getTime()];
  for (let day = first - (first % DAY_MS); day < last; day += DAY_MS) {
    const place = placeOf(new Date(day));
    add(cut.has(day) ? cut.get(day)! : new Date(day), countBetween(place, place + 96));
  }
  for (const { from, to, addedAt, takenOffAt } of pieces) {
    const count = countBetween(placeOf(from), placeOf(to));
    add(addedAt, count);
    add(takenOffAt, -count);
  }
  return sums;
}

/** How many quarter hours are read. */
function readOf({ pieces }: CutDays): number {
  return pieces.reduce((sum, { from, to }) => sum + placeOf(to) - placeOf(from), 0);
}
