import { DataSource } from 'typeorm';
import { Writes, type Write } from '../../src/audit/writes.service.js';
import { systemAccess, type Access } from '../../src/common/http/access.js';
import { newId } from '../../src/common/ids.js';
import { Secrets } from '../../src/vault/secrets.service.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe(Secrets.name, () => {
  let test: TestApp;
  let secrets: Secrets;
  let access: Access;

  beforeAll(async () => {
    test = await startTestApp();
    secrets = test.app.get(Secrets);
    access = systemAccess(await createTenant());
  });
  afterAll(() => test.close());

  it('opens what was put', async () => {
    const id = await put('openai', 'sk-test-1');
    expect(await secrets.open(id)).toEqual({ kind: 'present', value: 'sk-test-1' });
    expect(await secrets.open(newId())).toEqual({ kind: 'missing' });
  });

  it('opens the value that replaced it', async () => {
    const id = await put('replaced', 'old');
    await run((write) => secrets.replace(write, access, { id, value: 'new' }));
    expect(await secrets.open(id)).toEqual({ kind: 'present', value: 'new' });
  });

  it('opens under its new name', async () => {
    const id = await put('before', 'kept');
    await run((write) => secrets.update(write, access, { id, name: 'after', expected: 1 }));
    expect(await secrets.open(id)).toEqual({ kind: 'present', value: 'kept' });
  });

  it('refuses a name that is taken in the same scope', async () => {
    await put('taken', 'x');
    await expect(put('taken', 'y')).rejects.toMatchObject({ code: 'secret.name_taken', status: 409 });
  });

  it('does not open a ciphertext that was moved to another row', async () => {
    const [one, other] = [await put('swap-1', 'a'), await put('swap-2', 'b')];
    await query(
      `update secret set ciphertext = o.ciphertext, wrapped_key = o.wrapped_key from secret o
       where secret.id = $1 and o.id = $2`,
      [one, other],
    );
    expect(await secrets.open(one)).toEqual({ kind: 'missing' });
    expect(await secrets.open(other)).toEqual({ kind: 'present', value: 'b' });
  });

  it('does not open a row that was renamed or moved to another tenant behind its back', async () => {
    const renamed = await put('mine', 'a');
    await query(`update secret set name = 'yours' where id = $1`, [renamed]);
    expect(await secrets.open(renamed)).toEqual({ kind: 'missing' });

    const moved = await put('moved', 'a');
    await query(`update secret set tenant_id = $2 where id = $1`, [moved, await createTenant()]);
    expect(await secrets.open(moved)).toEqual({ kind: 'missing' });
  });

  it('is out of reach of another tenant', async () => {
    const id = await put('private', 'a');
    const stranger = systemAccess(await createTenant());
    for (const attempt of [
      (write: Write) => secrets.replace(write, stranger, { id, value: 'b' }),
      (write: Write) => secrets.remove(write, stranger, id),
    ]) {
      await expect(run(attempt, stranger)).rejects.toMatchObject({ code: 'secret.not_found', status: 404 });
    }
  });

  it('stays while something needs it', async () => {
    const id = await put('needed', 'a');
    const needs = new Set([id]);
    secrets.registerDependants(async (_, secretId) =>
      needs.has(secretId) ? [{ kind: 'provider', id: 'p1', name: 'OpenAI' }] : [],
    );
    await expect(run((write) => secrets.remove(write, access, id))).rejects.toMatchObject({
      code: 'secret.in_use',
      details: { dependants: [{ kind: 'provider', id: 'p1', name: 'OpenAI' }] },
    });
    needs.clear();
    await run((write) => secrets.remove(write, access, id));
    expect(await secrets.open(id)).toEqual({ kind: 'missing' });
  });

  it('counts uses', async () => {
    const id = await put('counted', 'a');
    await secrets.countUses(new Map([[id, 3]]));
    await secrets.countUses(new Map([[id, 2]]));
    const [row] = await query(`select use_count, last_used_at from secret where id = $1`, [id]);
    expect(row).toMatchObject({ use_count: '5', last_used_at: expect.any(Date) });
  });

  it('is nowhere in clear: not in the tables, not in the audit trail', async () => {
    const id = await put('hidden', 'sk-needle-in-haystack');
    await run((write) => secrets.update(write, access, { id, value: 'sk-needle-2', expected: null }));
    const rows = await query(
      `select row_to_json(s)::text as text from secret s union all select row_to_json(a)::text from audit_entry a`,
    );
    const hex = Buffer.from('sk-needle').toString('hex');
    for (const { text } of rows as { text: string }[]) {
      expect(text).not.toContain('sk-needle');
      expect(text).not.toContain(hex);
    }
  });

  function put(name: string, value: string): Promise<string> {
    return run((write) => secrets.put(write, access, { name, value, projectId: null }));
  }

  function run<T>(work: (write: Write) => Promise<T>, as: Access = access): Promise<T> {
    return test.app.get(Writes).run(as, work);
  }

  function query(sql: string, parameters: unknown[] = []): Promise<object[]> {
    return test.app.get(DataSource).query(sql, parameters);
  }

  async function createTenant(): Promise<string> {
    const id = newId();
    await query(`insert into tenant (id, name) values ($1, $2)`, [id, id]);
    return id;
  }
});
