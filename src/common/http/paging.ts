import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { defineErrors } from '../errors/app-error.js';

export const pagingErrors = defineErrors('paging', {
  bad_cursor: { status: 400, message: () => 'The cursor is not one that this list gave out.' },
});

/** The query of every list: newest or alphabetical first, a page at a time. */
export class PageQuery {
  /** How many items to return. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number;

  /** The `nextCursor` of the page before. */
  @IsOptional()
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

/** Unpacks a cursor of `length` sort values. Throws `paging.bad_cursor` on anything else. */
export function decodeCursor(cursor: string, length: number): string[] {
  const values = parse(cursor);
  const isValid =
    Array.isArray(values) && values.length === length && values.every((value) => typeof value === 'string');
  if (!isValid) throw pagingErrors.bad_cursor();
  return values as string[];
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
