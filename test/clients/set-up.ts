import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Snippet } from './ground.ts';

const EXPORT = /^export ([A-Z_]+)=(.*)$/gm;

/** Follows a snippet: writes its file below `home`, or gives the variables that it exports. */
export async function setUp({ file, text }: Snippet, home: string, token: string): Promise<NodeJS.ProcessEnv> {
  if (file !== null) {
    const path = join(home, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return {};
  }
  const exported = [...text.matchAll(EXPORT)].map(([, name, value = '']) => [
    name,
    value.replace('$WAGGLE_TOKEN', token),
  ]);
  return Object.fromEntries(exported) as NodeJS.ProcessEnv;
}
