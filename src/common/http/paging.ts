import { Type } from 'class-transformer';
import { IsInt, isUUID, IsString, Max, MaxLength, Min } from 'class-validator';
import { Omittable } from './omittable.decorator.js';
import { defineErrors } from '../errors/app-error.js';

export const pagingErrors = defineErrors('paging', {
  bad_cursor: { status: 400, message: () => 'The cursor is not one that this list gave out.' },
});

/** The query of every list: newest or alphabetical first, a page at a time. */
export class PageQuery {
  /** How many items to return. */
  @Omittable()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number;

  /** The `nextCursor` of the page before. */
  @Omittable()
  @IsString()
  @MaxLength(1000)
  cursor?: string;
}

/** One page of a list; `nextCursor` is `null` on the last. */
export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

export const DEFAULT_PAGE_SIZE = 50;

/** Packs the sort values of a page's last row. Opaque to clients. */
export function encodeCursor(values: readonly string[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** What a sort value may be, so that Postgres can take whatever a caller makes up. */
const CURSOR_PARTS = {
  id: (value: string) => isUUID(value),
  instant: (value: string) => /^\d{4}-/.test(value) && !Number.isNaN(Date.parse(value)),
  text: (value: string) => !value.includes('\0') && value.isWellFormed(),
  whole: (value: string) => /^\d{1,18}$/.test(value),
};

/** Unpacks a cursor of sort values of these kinds. Throws `paging.bad_cursor` on anything else. */
export function decodeCursor(cursor: string, ...kinds: (keyof typeof CURSOR_PARTS)[]): string[] {
  const values = parse(cursor);
  if (!Array.isArray(values) || values.length !== kinds.length) throw pagingErrors.bad_cursor();
  return kinds.map((kind, i) => {
    const value: unknown = values[i];
    if (typeof value !== 'string' || !CURSOR_PARTS[kind](value)) throw pagingErrors.bad_cursor();
    return value;
  });
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

/** Cuts a page of `limit` from rows that were read with `limit + 1`. */
export function toPage<R, T>(
  rows: readonly R[],
  limit: number,
  shape: { view: (row: R) => T; cursor: (row: R) => readonly string[] },
): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? encodeCursor(shape.cursor(last)) : null;
  return { items: items.map(shape.view), nextCursor };
}
