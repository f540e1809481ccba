import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { Writes, type Write } from '../../src/audit/writes.service.js';
import { systemAccess, type Access } from '../../src/common/http/access.js';
import { newId } from '../../src/common/ids.js';
import { Sealer } from '../../src/vault/sealer.service.js';
import { Secrets } from '../../src/vault/secrets.service.js';
import { VaultControl } from '../../src/vault/vault-control.service.js';
import { VaultRotation } from '../../src/vault/vault-rotation.service.js';
import { Vault } from '../../src/vault/vault.service.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const PASSWORD = 'correct horse battery';
const NEXT_PASSWORD = 'staple battery horse';
const KEY = 'a'.repeat(64);
const NEXT_KEY = 'b'.repeat(64);

describe('a vault that a password opens', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.start({ WAGGLE_VAULT: 'password' });
  });
  afterAll(() => world.close());
  beforeEach(() => world.query(`update vault_state set failed_unlocks = 0, blocked_until = null`));

  it('is empty at first, takes no secret, and opens with the password that it is given', async () => {
    const { control, vault, access } = world;
    expect(vault.state()).toBe('empty');
    await expect(world.put('early')).rejects.toMatchObject({ code: 'vault.locked', status: 423 });
    await expect(control.unlock(access, { password: PASSWORD })).rejects.toMatchObject({
      code: 'vault.not_initialised',
    });
    await control.initialise(access, PASSWORD);
    expect(vault.state()).toBe('unlocked');
    await expect(control.initialise(access, 'another password')).rejects.toMatchObject({
      code: 'vault.already_initialised',
    });
  });

  it('gives nothing out and takes nothing in while it is locked, and goes on after it was unlocked', async () => {
    const { control, vault, access, secrets } = world;
    const id = await world.put('kept');
    const states: string[] = [];
    const stop = vault.onStateChange((state) => states.push(state));
    const key = vault.key();

    await control.lock(access);
    expect(await secrets.open(id)).toEqual({ kind: 'locked' });
    await expect(world.put('late')).rejects.toMatchObject({ code: 'vault.locked' });
    expect(Buffer.from(key.exported(), 'base64').every((byte) => byte === 0)).toBe(true);

    await control.unlock(access, { password: PASSWORD });
    expect(await secrets.open(id)).toEqual({ kind: 'present', value: 'value of kept' });
    expect(states).toEqual(['locked', 'unlocked']);
    stop();
  });

  it('refuses a wrong password, changes nothing, and says so in the audit trail', async () => {
    const { control, vault, access } = world;
    await control.lock(access);
    const before = await world.query(`select version, verifier from vault_key`);
    await expect(control.unlock(access, { password: 'not the password' })).rejects.toMatchObject({
      code: 'vault.wrong_password',
      status: 403,
    });
    await expect(control.unlock(access, {})).rejects.toMatchObject({ code: 'vault.password_needed' });
    expect(vault.state()).toBe('locked');
    expect(await world.query(`select version, verifier from vault_key`)).toEqual(before);
    expect(await world.lastAudit(2)).toEqual([
      { action: 'vault.unlock_refused', after: { reason: 'vault.password_needed' } },
      { action: 'vault.unlock_refused', after: { reason: 'vault.wrong_password' } },
    ]);
    await control.unlock(access, { password: PASSWORD });
  });

  it('slows guessing down, for the right password too, and says for how long', async () => {
    const { control, access } = world;
    await control.lock(access);
    const guesses = Array.from({ length: 8 }, (_, guess) =>
      control.unlock(access, { password: `guess ${guess}` }).catch((error: { code: string }) => error.code),
    );
    const codes = await Promise.all(guesses);
    expect(codes.toSorted()).toEqual([
      ...Array<string>(3).fill('vault.throttled'),
      ...Array<string>(5).fill('vault.wrong_password'),
    ]);
    await expect(control.unlock(access, { password: PASSWORD })).rejects.toMatchObject({
      status: 429,
      details: { retryAfterSeconds: expect.toSatisfy((seconds: number) => seconds > 0 && seconds <= 5) },
    });
    await world.query(`update vault_state set blocked_until = now()`);
    await control.unlock(access, { password: PASSWORD });
    expect(await world.query(`select failed_unlocks from vault_state`)).toEqual([{ failed_unlocks: 0 }]);
  });

  it('opens although an older reading of the row, from before it was unlocked, ends after', async () => {
    const { control, vault, access } = world;
    await control.lock(access);
    const manager = world.app.app.get(DataSource).manager;
    const read = Promise.withResolvers<void>();
    const offered = Promise.withResolvers<void>();
    const query = manager.query.bind(manager);
    const spy = vi.spyOn(manager, 'query').mockImplementation(async (...args) => {
      const rows = await query(...args);
      read.resolve();
      await offered.promise;
      return rows;
    });
    const older = vault.refresh();
    await read.promise;
    spy.mockRestore();
    const offer = vi.spyOn(vault, 'offer');
    const unlocked = control.unlock(access, { password: PASSWORD });
    await vi.waitFor(() => expect(offer).toHaveBeenCalled());
    offered.resolve();
    await Promise.all([older, unlocked]);
    expect(vault.state()).toBe('unlocked');
  });

  it('locks in every replica at once; each other replica needs the password again', async () => {
    const { control, access } = world;
    const replica = await startTestApp({ database: world.database, config: { WAGGLE_VAULT: 'password' } });
    try {
      const there = replica.app.get(Vault);
      expect([there.state(), there.lockReason()]).toEqual(['locked', 'password_needed']);
      await replica.app.get(VaultControl).unlock(access, { password: PASSWORD });
      expect(there.state()).toBe('unlocked');

      await control.lock(access);
      await vi.waitFor(() => expect(there.state()).toBe('locked'), { timeout: 3000 });
      await control.unlock(access, { password: PASSWORD });
      await vi.waitFor(() => expect(there.lockReason()).toBe('password_needed'), { timeout: 5000 });
    } finally {
      await replica.close();
    }
  });

  it('opens with the new password alone after a rotation', async () => {
    const { control, vault, access, secrets, rotation } = world;
    const id = await world.put('rotated');
    const version = vault.key().version;
    await expect(rotation.rotate(access, { password: NEXT_PASSWORD })).rejects.toMatchObject({
      code: 'vault.current_password_needed',
    });
    await expect(
      rotation.rotate(access, { password: NEXT_PASSWORD, currentPassword: 'a wrong password' }),
    ).rejects.toMatchObject({ code: 'vault.wrong_password' });
    expect(vault.key().version).toBe(version);

    await rotation.rotate(access, { password: NEXT_PASSWORD, currentPassword: PASSWORD });
    expect(vault.key().version).toBe(version + 1);
    expect(await secrets.open(id)).toEqual({ kind: 'present', value: 'value of rotated' });
    await control.lock(access);
    await expect(control.unlock(access, { password: PASSWORD })).rejects.toMatchObject({
      code: 'vault.wrong_password',
    });
    await control.unlock(access, { password: NEXT_PASSWORD });
    expect(await secrets.open(id)).toEqual({ kind: 'present', value: 'value of rotated' });
    await rotation.rotate(access, { password: PASSWORD, currentPassword: NEXT_PASSWORD });
  });

  it('does not rotate while it is locked', async () => {
    const { control, access, rotation } = world;
    await control.lock(access);
    await expect(rotation.rotate(access, { reencrypt: true, currentPassword: PASSWORD })).rejects.toMatchObject({
      code: 'vault.locked',
    });
    await control.unlock(access, { password: PASSWORD });
  });

  it('never writes a password down', async () => {
    const rows = await world.query<{ text: string }>(
      `select row_to_json(a)::text as text from audit_entry a union all select row_to_json(k)::text from vault_key k`,
    );
    const all = rows.map(({ text }) => text).join('\n');
    for (const word of [PASSWORD, NEXT_PASSWORD, 'not the password', 'guess']) expect(all).not.toContain(word);
  });
});

describe('a rotation that fails', () => {
  let world: World;
  const ids: string[] = [];

  beforeAll(async () => {
    world = await World.start({ WAGGLE_MASTER_KEY: KEY });
    for (const name of ['one', 'two', 'three']) ids.push(await world.put(name));
    await world.app.app.get(Sealer).prepare(world.access.tenantId);
    await world.query(`create function fail() returns trigger language plpgsql as $$ begin
      raise exception 'on purpose'; end $$`);
    await world.query(`create function die() returns trigger language plpgsql as $$ begin
      perform pg_terminate_backend(pg_backend_pid()); return new; end $$`);
  });
  afterAll(() => world.close());

  const steps = [
    ['as the old key is retired', `before update on vault_key`],
    ['as the new key is inserted', `before insert on vault_key`],
    ['as a sealing key is wrapped', `after update on vault_sealing_key`],
    ['after some secrets were moved', `after update on secret`],
    ['as it is audited', `before insert on audit_entry`],
    ['as it is announced', `after insert on config_change`],
  ] as const;

  it.each(
    steps.flatMap(([step, when]) => [
      [`fails ${step}`, when, `for each row execute function fail()`],
      [`loses its connection ${step}`, when, `for each row execute function die()`],
    ]),
  )('leaves everything as it was when it %s', async (_, when, action) => {
    const { rotation, access, vault } = world;
    const version = vault.key().version;
    await world.query(`create trigger broken ${when} ${action}`);
    await expect(rotation.rotate(access, { masterKey: NEXT_KEY })).rejects.toThrow();
    await world.query(`drop trigger broken on ${when.split(' on ')[1]}`);
    await expectWhole(version);
  });

  it('leaves everything as it was when the commit fails', async () => {
    const version = world.vault.key().version;
    await world.query(`create constraint trigger broken after insert on vault_key deferrable initially deferred
      for each row execute function fail()`);
    await expect(world.rotation.rotate(world.access, { masterKey: NEXT_KEY })).rejects.toThrow();
    await world.query(`drop trigger broken on vault_key`);
    await expectWhole(version);
  });

  it('names the secret that does not open, and moves none', async () => {
    const version = world.vault.key().version;
    const broken = await world.put('broken');
    await world.query(`update secret set wrapped_key = '\\x00' where id = $1`, [broken]);
    await expect(world.rotation.rotate(world.access, { masterKey: NEXT_KEY })).rejects.toMatchObject({
      code: 'vault.secret_broken',
      details: { id: broken, name: 'broken' },
    });
    await world.query(`delete from secret where id = $1`, [broken]);
    await expectWhole(version);
  });

  it('leaves no secret behind that is written while it goes on', async () => {
    const version = world.vault.key().version;
    await world.query(`create function dawdle() returns trigger language plpgsql as $$ begin
      perform pg_sleep(1); return new; end $$`);
    await world.query(`create trigger slow before insert on audit_entry for each row
      when (new.action = 'vault.rotated') execute function dawdle()`);
    const rotation = world.rotation.rotate(world.access, {});
    await vi.waitFor(
      async () =>
        expect(await world.query(`select 1 from pg_stat_activity where wait_event = 'PgSleep'`)).toHaveLength(1),
      { interval: 10 },
    );
    const id = await world.put('meanwhile');
    await rotation;
    expect(await world.secrets.open(id)).toEqual({ kind: 'present', value: 'value of meanwhile' });
    await world.query(`drop trigger slow on audit_entry`);
    await expectWhole(version + 1);
    await world.query(`delete from secret where id = $1`, [id]);
  });

  it('can be done again, and then every secret is moved', async () => {
    const version = world.vault.key().version;
    expect(await world.rotation.rotate(world.access, { masterKey: NEXT_KEY })).toBe(3);
    await expectWhole(version + 1);
  });

  async function expectWhole(version: number): Promise<void> {
    expect(world.vault.state()).toBe('unlocked');
    expect(world.vault.key().version).toBe(version);
    expect(await world.query(`select version from vault_key where retired_at is null`)).toEqual([{ version }]);
    expect(await world.query(`select key_version from secret union select key_version from vault_sealing_key`)).toEqual(
      [{ key_version: version }],
    );
    const opened = await world.secrets.openMany(ids);
    expect(ids.map((id) => opened.get(id)?.kind)).toEqual(['present', 'present', 'present']);
  }
});

describe('a vault that a master key opens', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.start({});
  });
  afterAll(() => world.close());

  const keyFile = (): string => join(world.app.config.dataDir, 'master.key');

  it('generates a key file that only its owner can read', async () => {
    expect((await stat(keyFile())).mode & 0o777).toBe(0o600);
    expect(await readFile(keyFile(), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  it('does not start with another key, and says which setting to look at', async () => {
    const start = startTestApp({ database: world.database, config: { WAGGLE_MASTER_KEY: KEY } });
    await expect(start).rejects.toThrow(/another master key than the one in WAGGLE_MASTER_KEY/);
    await expect(startTestApp({ database: world.database })).rejects.toThrow(/another master key.*master\.key/);
  });

  it('does not start as a password vault', async () => {
    const start = startTestApp({ database: world.database, config: { WAGGLE_VAULT: 'password' } });
    await expect(start).rejects.toThrow(/master key/);
  });

  it('locks, and unlocks with the key that it is configured with', async () => {
    const { control, access, vault, secrets } = world;
    const id = await world.put('plain');
    await control.lock(access);
    expect(await secrets.open(id)).toEqual({ kind: 'locked' });
    await expect(control.unlock(access, { masterKey: KEY })).rejects.toMatchObject({
      code: 'vault.wrong_master_key',
    });
    await control.unlock(access, {});
    expect(vault.state()).toBe('unlocked');
    expect(await secrets.open(id)).toMatchObject({ kind: 'present' });
  });

  it('gives every secret a fresh data key and ciphertext when asked to', async () => {
    const id = await world.put('anew');
    const before = await world.query(`select ciphertext, wrapped_key from secret where id = $1`, [id]);
    await world.rotation.rotate(world.access, { reencrypt: true });
    const after = await world.query(`select ciphertext, wrapped_key from secret where id = $1`, [id]);
    expect(after).not.toEqual(before);
    expect(await world.secrets.open(id)).toEqual({ kind: 'present', value: 'value of anew' });
  });

  it('keeps the generated file in step with a rotation, also for a worker that shares it', async () => {
    const worker = await startTestApp({
      database: world.database,
      config: { WAGGLE_DATA_DIR: world.app.config.dataDir },
    });
    try {
      const there = worker.app.get(Vault);
      await world.rotation.rotate(world.access, { masterKey: NEXT_KEY });
      expect(await readFile(keyFile(), 'utf8')).toBe(`${NEXT_KEY}\n`);
      const { version } = world.vault.key();
      await vi.waitFor(() => expect(there.key().version).toBe(version), { timeout: 5000 });
    } finally {
      await worker.close();
    }
  });

  it('keeps the generated file fit for a start when a rotation fails, or the process dies in its middle', async () => {
    const before = await readFile(keyFile(), 'utf8');
    await world.query(`create function refuse() returns trigger language plpgsql as $$ begin
      raise exception 'on purpose'; end $$`);
    await world.query(`create constraint trigger broken after insert on vault_key deferrable initially deferred
      for each row execute function refuse()`);
    await expect(world.rotation.rotate(world.access, { masterKey: 'c'.repeat(64) })).rejects.toThrow(/on purpose/);
    await world.query(`drop trigger broken on vault_key`);
    expect(await readFile(keyFile(), 'utf8')).toBe(before);

    await writeFile(keyFile(), `${'c'.repeat(64)}\n${before}`); // what a process leaves that is killed before the commit
    const config = { WAGGLE_DATA_DIR: world.app.config.dataDir };
    const next = await startTestApp({ database: world.database, config });
    expect(next.app.get(Vault).state()).toBe('unlocked');
    await next.app.close();
    await writeFile(keyFile(), before);
  });

  it('locks a replica that does not know the new key, until it is given it', async () => {
    const file = join(world.app.config.dataDir, 'operators.key');
    await writeFile(file, `${NEXT_KEY}\n`);
    const replica = await startTestApp({ database: world.database, config: { WAGGLE_MASTER_KEY_FILE: file } });
    try {
      const there = replica.app.get(Vault);
      const id = await world.put('far');
      await world.rotation.rotate(world.access, { masterKey: KEY });
      await vi.waitFor(() => expect(there.lockReason()).toBe('master_key_unknown'), { timeout: 5000 });
      expect(await replica.app.get(Secrets).open(id)).toEqual({ kind: 'locked' });
      await writeFile(file, `${NEXT_KEY}\n${KEY}\n`);
      await vi.waitFor(() => expect(there.state()).toBe('unlocked'), { timeout: 5000 });
      expect(await replica.app.get(Secrets).open(id)).toEqual({ kind: 'present', value: 'value of far' });
    } finally {
      await replica.close();
    }
  });

  it('changes to a password, and then needs it', async () => {
    const { control, access, rotation, secrets } = world;
    const id = await world.put('converted');
    await rotation.rotate(access, { password: PASSWORD });
    expect(await readFile(keyFile(), 'utf8')).toBe('');
    await control.lock(access);
    await expect(control.unlock(access, {})).rejects.toMatchObject({ code: 'vault.password_needed' });
    await control.unlock(access, { password: PASSWORD });
    expect(await secrets.open(id)).toMatchObject({ kind: 'present' });
    await rotation.rotate(access, { masterKey: KEY, currentPassword: PASSWORD });
  });
});

describe(Sealer.name, () => {
  let world: World;
  let sealer: Sealer;

  beforeAll(async () => {
    world = await World.start({ WAGGLE_MASTER_KEY: KEY });
    sealer = world.app.app.get(Sealer);
  });
  afterAll(() => world.close());

  it('opens what it sealed, in the same context alone', async () => {
    const context = { tenantId: world.access.tenantId, purpose: 'payload', id: 'r1' };
    expect(sealer.isReady(context.tenantId)).toBe(false);
    expect(() => sealer.seal(context, Buffer.from('x'))).toThrow(/locked/);
    expect(await sealer.prepare(context.tenantId)).toBe(true);
    const sealed = sealer.seal(context, Buffer.from('hello'));
    expect((await sealer.open(context, sealed)).toString()).toBe('hello');
    await expect(sealer.open({ ...context, id: 'r2' }, sealed)).rejects.toThrow(/does not open/);
    await expect(sealer.open({ ...context, purpose: 'replay' }, sealed)).rejects.toThrow(/does not open/);
    await expect(sealer.open({ ...context, tenantId: newId() }, sealed)).rejects.toThrow(/does not open/);
  });

  it('opens old blobs after a rotation, and those of other replicas', async () => {
    const context = { tenantId: world.access.tenantId, purpose: 'payload', id: 'r3' };
    await sealer.prepare(context.tenantId);
    const sealed = sealer.seal(context, Buffer.from('before'));
    await world.rotation.rotate(world.access, { reencrypt: true });
    const keys = `select count(*)::integer as keys from vault_sealing_key where tenant_id = $1`;
    await vi.waitFor(async () => expect(await world.query(keys, [context.tenantId])).toEqual([{ keys: 2 }]), {
      timeout: 5000,
    });
    expect((await sealer.open(context, sealed)).toString()).toBe('before');

    const replica = await startTestApp({ database: world.database, config: { WAGGLE_MASTER_KEY: KEY } });
    const there = replica.app.get(Sealer);
    expect((await there.open(context, sealed)).toString()).toBe('before');
    await there.prepare(context.tenantId);
    expect((await sealer.open(context, there.seal(context, Buffer.from('there')))).toString()).toBe('there');
    await replica.close();
  });

  it('neither seals nor opens while the vault is locked', async () => {
    const context = { tenantId: world.access.tenantId, purpose: 'payload', id: 'r4' };
    await sealer.prepare(context.tenantId);
    const sealed = sealer.seal(context, Buffer.from('x'));
    await world.control.lock(world.access);
    expect(() => sealer.seal(context, Buffer.from('x'))).toThrow(/locked/);
    await expect(sealer.open(context, sealed)).rejects.toMatchObject({ code: 'vault.locked' });
    expect(await sealer.prepare(context.tenantId)).toBe(false);
    await world.control.unlock(world.access, {});
    expect((await sealer.open(context, sealed)).toString()).toBe('x');
  });
});

describe('the auto-lock', () => {
  it('locks an idle vault, audited as the system, and leaves a busy one alone', async () => {
    const world = await World.start({ WAGGLE_MASTER_KEY: KEY, WAGGLE_VAULT_AUTO_LOCK_SECONDS: '1' });
    try {
      const id = await world.put('busy');
      const until = Date.now() + 2500;
      while (Date.now() < until) {
        await world.secrets.countUses(new Map([[id, 1]]));
        expect(world.vault.state()).toBe('unlocked');
        await sleep(50);
      }
      await vi.waitFor(() => expect(world.vault.state()).toBe('locked'), { timeout: 5000 });
      expect(await world.lastAudit(1)).toEqual([
        { action: 'vault.locked', after: { reason: 'idle', afterSeconds: 1 } },
      ]);
    } finally {
      await world.close();
    }
  });
});

/** One app, and what the tests ask of it. */
class World {
  readonly vault: Vault;
  readonly control: VaultControl;
  readonly rotation: VaultRotation;
  readonly secrets: Secrets;

  private constructor(
    readonly app: TestApp,
    readonly database: TestDatabase,
    readonly access: Access,
  ) {
    this.vault = app.app.get(Vault);
    this.control = app.app.get(VaultControl);
    this.rotation = app.app.get(VaultRotation);
    this.secrets = app.app.get(Secrets);
  }

  static async start(config: NodeJS.ProcessEnv): Promise<World> {
    const database = await createTestDatabase();
    const tenantId = newId();
    await database.query(`insert into tenant (id, name, is_root) values ($1, 'root of this test', true)`, [tenantId]);
    return new World(await startTestApp({ database, config }), database, systemAccess(tenantId));
  }

  query<Row extends object>(sql: string, parameters?: unknown[]): Promise<Row[]> {
    return this.database.query<Row>(sql, parameters);
  }

  put(name: string): Promise<string> {
    return this.app.app
      .get(Writes)
      .run(this.access, (write: Write) =>
        this.secrets.put(write, this.access, { name, value: `value of ${name}`, projectId: null }),
      );
  }

  lastAudit(count: number): Promise<object[]> {
    return this.query(`select action, after from audit_entry order by sequence desc limit ${count}`);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.database.drop();
  }
}
