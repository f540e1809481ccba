import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DataSource } from 'typeorm';
import { recordChanges } from '../../src/database/config-change.js';
import { Compiler } from '../../src/routing/compiler.service.js';
import { SnapshotBuilder } from '../../src/routing/snapshot-builder.service.js';
import { CurrentSnapshot } from '../../src/snapshot/current-snapshot.js';
import { cpuMs } from '../support/cpu-time.js';
import { insertMany } from '../support/many-tokens.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const TOKENS = 100_000;
const PROFILES = 2000;
const FULL_MS = 1000;
const CHANGE_MS = 50;
const MEMORY_BYTES = 150 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The best of some: whatever else the machine does can only add to one. */
function best(values: readonly number[]): number {
  return Math.min(...values);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Infinity;
}

describe('a hundred thousand tokens and two thousand profiles', () => {
  let gateway: TestApp;
  let database: DataSource;

  beforeAll(async () => {
    gateway = await startTestApp();
    await insertMany(gateway.database, { profiles: PROFILES, tokens: TOKENS });
    database = gateway.app.get(DataSource);
    return () => gateway.close();
  }, 120_000);

  /** Compiles all; tells what it cost here and in Postgres together. */
  const compileOnce = () =>
    database.transaction('REPEATABLE READ', async (manager) => {
      await manager.query('set local jit = off');
      const [{ pid }] = await manager.query<[{ pid: number }]>('select pg_backend_pid() as pid');
      const before = cpuMs(pid);
      const snapshot = await gateway.app.get(SnapshotBuilder).all(manager, 1);
      return { snapshot, cpu: cpuMs(pid) - before };
    });

  it(`compile in ${FULL_MS} ms of CPU and take at most 150 MB`, async () => {
    collectGarbage();
    const before = process.memoryUsage.rss();
    const { snapshot } = await compileOnce();
    const memory = process.memoryUsage.rss() - before; // what the compilation left behind included
    const { tokens, profiles, profileNames } = snapshot;
    expect([tokens.size, profiles.size, profileNames.size]).toEqual([TOKENS, PROFILES, PROFILES]);

    const costs: number[] = [];
    for (let i = 0; i < 5; i++) costs.push((await compileOnce()).cpu);
    expect(best(costs)).toBeLessThanOrEqual(FULL_MS);
    expect(memory).toBeLessThanOrEqual(MEMORY_BYTES);
  }, 120_000);

  it(`follow a single change within ${CHANGE_MS} ms, without reading the others again`, async () => {
    const compiler = gateway.app.get(Compiler);
    const current = gateway.app.get(CurrentSnapshot);
    const [{ id: anyId } = { id: '' }] = await gateway.database.query<{ id: string }>(`select id from project`);
    await database.transaction((manager) => recordChanges(manager, [{ kind: 'project', id: anyId }]));
    await database.query('delete from config_change'); // the log no longer reaches back: everything is read
    await database.transaction((manager) => recordChanges(manager, [{ kind: 'project', id: anyId }]));
    await compiler.refresh();
    expect(current.get().tokens.size).toBe(TOKENS);

    const rows = await gateway.database.query<{ id: string; public_id: string }>(
      `select id, public_id from token limit 20`,
    );
    const untouched = current.get().tokens.get('0000000000099999');
    const timings: number[] = [];
    const costs: number[] = [];
    for (const { id, public_id: publicId } of rows) {
      await database.transaction(async (manager) => {
        await manager.query('update token set is_enabled = false where id = $1', [id]);
        await recordChanges(manager, [{ kind: 'token', id }]);
      });
      const [changedAt, before] = [performance.now(), cpuMs()];
      await compiler.refresh();
      timings.push(performance.now() - changedAt);
      costs.push(cpuMs() - before);
      expect(current.get().tokens.get(publicId)).toBeUndefined();
    }
    expect(best(timings)).toBeLessThanOrEqual(CHANGE_MS);
    expect(median(costs)).toBeLessThanOrEqual(CHANGE_MS);
    expect(current.get().tokens.size).toBe(TOKENS - rows.length);
    expect(current.get().tokens.get('0000000000099999')).toBe(untouched);
  }, 120_000);
});
