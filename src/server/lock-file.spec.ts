import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from '../common/errors/start-error.js';
import { lockFile } from './lock-file.js';

describe(lockFile.name, () => {
  let dir: string;
  let path: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'waggle-lock-'));
    path = join(dir, 'lock');
  });
  afterEach(() => rm(dir, { recursive: true }));

  it('refuses a second holder and says who the first is', async () => {
    await lockFile(path);
    const second = lockFile(path);
    await expect(second).rejects.toThrow(StartError);
    await expect(second).rejects.toThrow(`process ${process.pid}`);
  });

  it('lets the next one in once it is given back', async () => {
    const first = await lockFile(path);
    const second = lockFile(path, 10_000);
    await first.release();
    await expect(second).resolves.toBeDefined();
  });

  it('lets exactly one of many in', async () => {
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => lockFile(path)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('takes over from a process that has ended', async () => {
    const child = spawn('sleep', ['60']);
    await lockFile(path);
    const [, ...birth] = (await readFile(path, 'utf8')).split(' ');
    await writeFile(path, `${child.pid} ${birth.join(' ')}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect(lockFile(path)).resolves.toBeDefined();
  });

  it('takes over when the number went to another process', async () => {
    await writeFile(path, `${process.pid} 1 another-boot`);
    await expect(lockFile(path)).resolves.toBeDefined();
  });
});
