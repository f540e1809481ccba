import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Row } from './rows.ts';

/** Prints the rows as a table. */
export function printTable(rows: readonly Row[]): void {
  const lines = rows.map((row) => [
    row.row,
    row.subject,
    String(row.value),
    row.bar === null ? '–' : String(row.bar),
    verdict(row),
    row.measured,
  ]);
  const table = [['what', 'of', 'value', 'bar', '', 'measured'], ...lines];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? [];
  for (const line of table)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  for (const { row, note } of rows) if (note) console.log(`  * ${row}: ${note}`);
}

function verdict({ passed }: Row): string {
  if (passed === null) return '-';
  return passed ? 'pass' : 'FAIL';
}

/** Keeps the rows with what they were measured on. Returns the file's path. */
export function writeResults(rows: readonly Row[], options: object): string {
  const dir = join(import.meta.dirname, 'results');
  mkdirSync(dir, { recursive: true });
  const at = new Date().toISOString();
  const file = join(dir, `${at.replaceAll(':', '-')}.json`);
  writeFileSync(file, `${JSON.stringify({ at, machine: machine(), commit: commit(), options, rows }, null, 2)}\n`);
  return file;
}

/** The machine in one line. */
export function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown'; // not a clone
  }
}
