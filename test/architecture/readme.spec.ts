import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withExamples } from '../../scripts/client-docs.js';
import { withConfigTable } from '../../scripts/config-table.js';
import '../../src/config/config.js';
import { declaredVariables } from '../../src/config/env.decorator.js';
import { clientSnippets } from '../../src/profiles/client-snippets.js';

const text = (path: string): Promise<string> => readFile(join(import.meta.dirname, '../..', path), 'utf8');

describe('the README', () => {
  it('lists the variables that the code reads, and no others (npm run config-table writes them)', async () => {
    const readme = await text('README.md');
    expect(declaredVariables().length).toBeGreaterThan(10);
    await expect(withConfigTable(readme, declaredVariables())).resolves.toBe(readme);
  });

  it('sets clients up as the admin API does, in every word', async () => {
    const table = /\| Client {2,}\| Points at Waggle by.*?\n\n/s.exec(await text('README.md'))?.[0] ?? '';
    const rows = table
      .trim()
      .split('\n')
      .slice(2)
      .map((row) => row.split(/ *\| */).slice(1));
    const examples = clientSnippets({ baseUrl: 'http://127.0.0.1:3000/v1', model: 'demo', operation: 'chat' });
    const told = [...examples.map((example) => example.text), 'createOpenAI', 'createAnthropic', '/v1'].join('\n');
    const settings = rows
      .filter(([client]) => client !== "Hive's clients")
      .flatMap(([, how = '']) => [...how.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code))
      .map((code) => code.replace('<token>', '$WAGGLE_TOKEN').replace('<profile>', 'demo'));
    expect(settings.length).toBeGreaterThan(20);
    expect(settings.filter((code) => !told.includes(code))).toEqual([]);
    expect(rows.filter(([, , tried]) => !tried?.includes('`npm '))).toEqual([]);
  });
});

describe('docs/clients.md', () => {
  it('has the examples of the admin API (npm run client-docs writes them)', async () => {
    const document = await text('docs/clients.md');
    await expect(withExamples(document, clientSnippets)).resolves.toBe(document);
  });
});
