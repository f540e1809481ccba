/** `npm run config-table`: writes the README's table of variables from the build. A test keeps the two in agreement. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

interface Variable {
  readonly name: string;
  readonly about: string;
  readonly fallback: string;
}

const README = join(import.meta.dirname, '../README.md');
const BETWEEN_MARKERS = /(<!-- configuration -->\n).*?(<!-- \/configuration -->)/s;

/** The README with its table of variables as the code declares them. */
export async function withConfigTable(readme: string, variables: readonly Variable[]): Promise<string> {
  if (!BETWEEN_MARKERS.test(readme)) throw new Error('README.md has no <!-- configuration --> markers');
  const rows = variables.map(({ name, about, fallback }) => `| ${[`\`${name}\``, about, fallback].join(' | ')} |`);
  const table = ['| Variable | What | Default |', '| --- | --- | --- |', ...rows].join('\n');
  const updated = readme.replace(
    BETWEEN_MARKERS,
    (_, before: string, after: string) => `${before}\n${table}\n${after}`,
  );
  return format(updated, { ...(await resolveConfig(README)), parser: 'markdown' });
}

if (import.meta.main) {
  await import(new URL('../dist/config/config.js', import.meta.url).href);
  const { declaredVariables } = await import(new URL('../dist/config/env.decorator.js', import.meta.url).href);
  await writeFile(README, await withConfigTable(await readFile(README, 'utf8'), declaredVariables()));
}
