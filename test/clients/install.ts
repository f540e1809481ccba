import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Agent } from './agents.ts';
import { runCommand } from './run-command.ts';

const TIMEOUT_MS = 10 * 60_000;

/** Installs the agents into a folder, with the registry and the cache of whoever runs this; returns where their commands are. */
export async function install(agents: readonly Agent[], folder: string): Promise<string> {
  const named = agents.map((agent) => ({ agent, ...split(agent.package) }));
  const manifest = {
    private: true,
    dependencies: Object.fromEntries(named.map(({ name, version }) => [name, version])),
    // npm runs no install scripts but these
    allowScripts: Object.fromEntries(named.filter(({ agent }) => agent.installScripts).map(({ name }) => [name, true])),
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  const { code, output } = await runCommand({
    file: 'npm',
    arguments: ['install', '--no-audit', '--no-fund', '--loglevel=error'],
    cwd: folder,
    env: process.env,
    timeoutMs: TIMEOUT_MS,
  });
  if (code !== 0) throw new Error(`npm install failed:\n${output.slice(-2000)}`);
  return join(folder, 'node_modules', '.bin');
}

function split(spec: string): { readonly name: string; readonly version: string } {
  const at = spec.lastIndexOf('@');
  return { name: spec.slice(0, at), version: spec.slice(at + 1) };
}
