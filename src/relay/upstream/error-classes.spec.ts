import { readFile } from 'node:fs/promises';
import { ERROR_CLASSES, type ClassRule } from './error-classes.js';

const SAME = { false: 'no', true: 'once' } as const;
const OTHERS = { none: 'no', any: 'yes', larger: 'larger window' } as const;

describe('the error classes', () => {
  it('are those that docs/failover.md lists, with what follows from each', async () => {
    const text = await readFile('docs/failover.md', 'utf8');
    const table = text.slice(text.indexOf('| Class '), text.indexOf('- **Others come first**'));
    const rows = table.split('\n').map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
    const documented = rows
      .filter(([, name = '']) => name in ERROR_CLASSES)
      .map(([, name, , ...rule]) => [name, ...rule]);

    const coded = Object.entries(ERROR_CLASSES).map(([name, rule]) => [name, ...worded(name, rule), '']);
    expect(documented.toSorted()).toEqual(coded.toSorted());
  });
});

function worded(name: string, { again, others, health, clientRetry }: ClassRule): string[] {
  const same = name === 'context_overflow' ? 'once, clamped' : SAME[`${again}`];
  return [same, OTHERS[others], health === 'none' ? '–' : health, clientRetry === null ? '–' : String(clientRetry)];
}
