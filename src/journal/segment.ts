/** One file of the journal. Only whole frames are counted in its size. */
export interface Segment {
  readonly name: string;
  readonly path: string;
  /** Written bytes that may be read. */
  size: number;
  /** How many of them are safe elsewhere. */
  confirmed: number;
  /** Whether it is still written to. */
  isOpen: boolean;
  /** When the bytes before an offset were written (ms since epoch), about one mark a second; ascending. */
  readonly marks: { readonly offset: number; readonly at: number }[];
}

const NAME = /^(\d{15})-\d+-\d+\.segment$/;
let counter = 0;

/** A name that no other process gives, and that sorts by time. */
export function segmentName(now: number): string {
  counter += 1;
  return `${String(now).padStart(15, '0')}-${process.pid}-${String(counter).padStart(6, '0')}.segment`;
}

export function isSegmentName(name: string): boolean {
  return NAME.test(name);
}

/** When a segment was begun, in ms since epoch. */
export function segmentTime(name: string): number {
  return Number(NAME.exec(name)?.[1] ?? 0);
}

/** Since when (ms since epoch) a segment holds bytes that are not confirmed; `null` when it holds none. */
export function waitingSince({ name, size, confirmed, marks }: Segment): number | null {
  if (confirmed >= size) return null;
  return marks.find(({ offset }) => offset > confirmed)?.at ?? segmentTime(name);
}
