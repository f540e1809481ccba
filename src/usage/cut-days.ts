const DAY_MS = 86_400_000;

/** A part of a cut day whose quarter hours are read. */
export interface Piece {
  readonly from: Date;
  readonly to: Date;
  /** The beginning of the interval's part that it is added to, if it is wanted itself. */
  readonly addedAt: Date | null;
  /** The beginning of the part that it is taken off, if that is read as the whole day. */
  readonly takenOffAt: Date | null;
}

/** How the days (UTC) that a border is inside of are read. All others lie whole in one interval. */
export interface CutDays {
  readonly days: readonly Date[];
  /** For each, the beginning of the part that is read as the whole day without its other pieces; null if none is. */
  readonly countedAt: readonly (Date | null)[];
  readonly pieces: readonly Piece[];
}

interface Part {
  readonly from: number;
  readonly to: number;
  readonly isWanted: boolean;
}

/**
 * Cuts days by the borders (ascending) of intervals that follow one another. The sums of a day's longest part are those of
 * the day without its other parts, where that takes fewer quarter hours than reading it: never more than twelve hours of
 * a day with one border.
 */
export function cutDays(borders: readonly Date[]): CutDays {
  const times = borders.map((border) => border.getTime());
  const cut = times.filter((time) => time !== dayOf(time));
  const days = [...new Set(cut.map(dayOf))];
  const read = days.map((day) => readDay(partsOf(day, times)));
  return {
    days: days.map((day) => new Date(day)),
    countedAt: read.map(({ counted }) => (counted ? new Date(counted.from) : null)),
    pieces: read.flatMap(({ pieces }) => pieces),
  };
}

function dayOf(time: number): number {
  return Math.floor(time / DAY_MS) * DAY_MS;
}

/** What the borders make of a day; wanted is what lies between the first of all and the last. */
function partsOf(day: number, borders: readonly number[]): Part[] {
  const [first = 0, last = 0] = [borders[0], borders.at(-1)];
  const inside = borders.filter((time) => time > day && time < day + DAY_MS);
  const ends = [...inside, day + DAY_MS];
  return ends.map((to, i) => {
    const from = i === 0 ? day : inside[i - 1]!;
    return { from, to, isWanted: from >= first && to <= last };
  });
}

function readDay(parts: readonly Part[]): { counted: Part | undefined; pieces: Piece[] } {
  const wanted = parts.filter(({ isWanted }) => isWanted);
  const longest = wanted.toSorted((a, b) => lengthOf(b) - lengthOf(a))[0];
  const isShorter = longest && DAY_MS - lengthOf(longest) < sumOf(wanted);
  const counted = isShorter ? longest : undefined;
  const read = counted ? parts.filter((part) => part !== counted) : wanted;
  return { counted, pieces: read.map((part) => pieceOf(part, counted)) };
}

function pieceOf({ from, to, isWanted }: Part, counted: Part | undefined): Piece {
  return {
    from: new Date(from),
    to: new Date(to),
    addedAt: isWanted ? new Date(from) : null,
    takenOffAt: counted ? new Date(counted.from) : null,
  };
}

function lengthOf({ from, to }: Part): number {
  return to - from;
}

function sumOf(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + lengthOf(part), 0);
}
