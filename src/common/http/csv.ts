import { StreamableFile } from '@nestjs/common';

export type CsvValue = string | number | boolean | Date | null;

/** A text that a spreadsheet would run as a formula. */
const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

/** One line of CSV (RFC 4180), with its line end. Callers' texts can't become formulas in a spreadsheet. */
export function csvLine(values: readonly CsvValue[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

/** A table as a file to download. */
export function csvFile(
  name: string,
  header: readonly string[],
  rows: readonly (readonly CsvValue[])[],
): StreamableFile {
  const text = [header, ...rows].map(csvLine).join('');
  return new StreamableFile(Buffer.from(text), csvHeaders(name));
}

/** The headers of a CSV download. */
export function csvHeaders(name: string): { type: string; disposition: string } {
  return { type: 'text/csv; charset=utf-8; header=present', disposition: `attachment; filename="${name}.csv"` };
}

function cell(value: CsvValue): string {
  if (value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'string') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
