import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withConfigTable } from '../../scripts/config-table.js';
import '../../src/config/config.js';
import { declaredVariables } from '../../src/config/env.decorator.js';

describe('the README', () => {
  it('lists the variables that the code reads, and no others (npm run config-table writes them)', async () => {
    const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
    expect(declaredVariables().length).toBeGreaterThan(10);
    await expect(withConfigTable(readme, declaredVariables())).resolves.toBe(readme);
  });
});
