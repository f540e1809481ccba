import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from './run-command.ts';
import type { Place, Verdict } from './try-agent.ts';

const PACKAGES = ['openai==3.57.0', 'anthropic==2.14.0', 'langchain-openai==1.7.4'];
const SCRIPT = join(import.meta.dirname, 'python', 'try_sdks.py');
const INSTALL_MS = 10 * 60_000;
const CALLS_MS = 180_000;
const DRIVERS = ['openai', 'openai-compatible', 'anthropic'];
const MEDIA = ['embeddings', 'transcription', 'speech', 'image', 'moderation'];
/** What the simulator calls the models of operations. */
const UPSTREAM: Readonly<Record<string, string>> = { embeddings: 'sim-embed', transcription: 'sim-transcribe' };

interface Line {
  readonly client: string;
  readonly lane: string;
  readonly scenario: string;
  readonly problem: string | null;
}

/** Installs Python's SDKs into an environment of their own and calls the gateway with each. */
export async function tryPython(place: Place): Promise<Verdict[]> {
  const folder = join(place.folder, 'python');
  await mkdir(folder, { recursive: true });
  await must('python3', ['-m', 'venv', folder], INSTALL_MS);
  const python = join(folder, 'bin', 'python');
  await must(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES], INSTALL_MS);
  const { token, routes } = await routesFor(place);
  const { output, seconds, code } = await runCommand({
    file: python,
    arguments: [SCRIPT],
    cwd: folder,
    env: {
      PATH: [dirname(process.execPath), process.env.PATH].join(':'),
      HOME: folder,
      ...place.outside.envOf('python'),
      WAGGLE_HOST: place.ground.url,
      WAGGLE_TOKEN: token,
      WAGGLE_ROUTES: JSON.stringify(routes),
    },
    timeoutMs: CALLS_MS,
  });
  const lines = output.split('\n').filter((line) => line.startsWith('{"client"'));
  if (lines.length === 0) throw new Error(`Python tried nothing (exit code ${code}): ${output.slice(-1000)}`);
  const hosts = place.outside.hostsOf('python');
  return lines.map((line) => toVerdict(JSON.parse(line) as Line, seconds / lines.length, hosts));
}

async function routesFor({ ground }: Place) {
  const chat: Record<string, string> = {};
  const media: Record<string, string> = {};
  for (const driver of DRIVERS) chat[driver] = await ground.profile(`python-${driver}`, { driver });
  for (const operation of MEDIA) {
    const upstreamId = UPSTREAM[operation] ?? `sim-${operation}`;
    media[operation] = await ground.profile(`python-${operation}`, { driver: 'openai', operation, upstreamId });
  }
  return { token: await ground.token('python'), routes: { chat, media } };
}

function toVerdict({ client, lane, scenario, problem }: Line, seconds: number, hosts: readonly string[]): Verdict {
  return { client, lane, scenario, problems: problem === null ? [] : [problem], calls: 1, seconds, hosts };
}

async function must(file: string, words: readonly string[], timeoutMs: number): Promise<void> {
  const { code, output } = await runCommand({ file, arguments: words, cwd: '/', env: process.env, timeoutMs });
  if (code !== 0) throw new Error(`${file} ${words.join(' ')}: ${output.slice(-2000)}`);
}
