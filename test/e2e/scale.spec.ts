import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DataSource } from 'typeorm';
import { recordChanges } from '../../src/database/config-change.js';
import { Compiler } from '../../src/routing/compiler.service.js';
import { SnapshotBuilder } from '../../src/routing/snapshot-builder.service.js';
import { CurrentSnapshot } from '../../src/snapshot/current-snapshot.js';
import { insertMany } from '../support/many-tokens.js';
import { patience } from '../support/patience.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const TOKENS = 100_000;
const PROFILES = 2000;
const FULL_MS = 1000;
const CHANGE_MS = 50;
const MEMORY_BYTES = 150 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The best of some timings: whatever else the machine does can only add to one. */
function best(timings: readonly number[]): number {
  return Math.min(...timings);
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

  const compileOnce = () =>
    database.transaction('REPEATABLE READ', async (manager) => {
      await manager.query('set local jit = off');
      return gateway.app.get(SnapshotBuilder).all(manager, 1);
    });

  it(`compile within ${FULL_MS} ms and take at most 150 MB`, async () => {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    const first = await compileOnce();
    collectGarbage();
    const memory = process.memoryUsage().heapUsed - before;
    expect([first.tokens.size, first.profiles.size, first.profileNames.size]).toEqual([TOKENS, PROFILES, PROFILES]);

    const timings: number[] = [];
    for (let i = 0; i < 5; i++) {
      const startedAt = performance.now();
      await compileOnce();
      timings.push(performance.now() - startedAt);
    }
    expect(best(timings)).toBeLessThanOrEqual(FULL_MS * patience());
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
    for (const { id, public_id: publicId } of rows) {
      const changed = await database.transaction(async (manager) => {
        await manager.query('update token set is_enabled = false where id = $1', [id]);
        await recordChanges(manager, [{ kind: 'token', id }]);
        return performance.now();
      });
      await compiler.refresh();
      timings.push(performance.now() - changed);
      expect(current.get().tokens.get(publicId)).toBeUndefined();
    }
    expect(best(timings)).toBeLessThanOrEqual(CHANGE_MS * patience());
    expect(current.get().tokens.size).toBe(TOKENS - rows.length);
    expect(current.get().tokens.get('0000000000099999')).toBe(untouched);
  }, 120_000);
});
