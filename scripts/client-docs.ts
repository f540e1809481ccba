/** `npm run client-docs`: writes the examples of docs/clients.md from the build. A test keeps the two in agreement. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

interface Snippet {
  readonly title: string;
  readonly language: string;
  readonly file?: string;
  readonly text: string;
}

const DOCUMENT = join(import.meta.dirname, '../docs/clients.md');
const BETWEEN_MARKERS = /(<!-- examples -->\n).*?(<!-- \/examples -->)/s;
/** Those of the demo, as they are on the machine that serves it. */
const DEMO = { baseUrl: 'http://127.0.0.1:3000/v1', model: 'demo', operation: 'chat' } as const;

/** The document with its examples as `snippetsOf` has them for the demo. */
export async function withExamples(
  markdown: string,
  snippetsOf: (facts: typeof DEMO) => readonly Snippet[],
): Promise<string> {
  if (!BETWEEN_MARKERS.test(markdown)) throw new Error('docs/clients.md has no <!-- examples --> markers');
  const examples = snippetsOf(DEMO).map(toExample).join('\n\n');
  const updated = markdown.replace(BETWEEN_MARKERS, (_, before: string, after: string) =>
    [before, examples, after].join('\n'),
  );
  return format(updated, {
    ...(await resolveConfig(DOCUMENT)),
    parser: 'markdown',
    embeddedLanguageFormatting: 'off',
  });
}

function toExample({ title, language, file, text }: Snippet): string {
  const where = file === undefined ? [] : [`In \`~/${file}\`:`, ''];
  return [`### ${title}`, '', ...where, `\`\`\`${language}`, text, '```'].join('\n');
}

if (import.meta.main) {
  const { clientSnippets } = await import(new URL('../dist/profiles/client-snippets.js', import.meta.url).href);
  await writeFile(DOCUMENT, await withExamples(await readFile(DOCUMENT, 'utf8'), clientSnippets));
}
