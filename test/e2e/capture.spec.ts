import { Client } from 'pg';
import { CurrentSnapshot } from '../../src/snapshot/current-snapshot.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { Drain } from '../../src/usage/drain.service.js';
import { Vault } from '../../src/vault/vault.service.js';
import { sendAs, type Send } from '../support/principals.js';
import { seedChat } from '../support/seed-chat.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const CONFIG = { WAGGLE_MASTER_KEY: 'ab'.repeat(32) };

interface Captured {
  mode: string;
  request: { contentType: string; bytes: number; text?: string; isCut?: boolean };
  answer: { contentType: string; bytes: number; text?: string; isCut?: boolean };
}

/** A chat, what was sent and what came back. */
interface Chatted {
  status: number;
  id: string;
  sent: string;
  text: string;
}

describe('the capture of payloads', () => {
  let database: TestDatabase;
  let simulator: Simulator;
  let gateway: TestApp;
  let token: string;
  let projectId: string;
  let owner: Send;

  beforeAll(async () => {
    vi.stubEnv('UPSTREAM_KEY', 'any');
    database = await createTestDatabase();
    simulator = await startSimulator();
    token = await seedChat(database.query, `${simulator.url}/v1`);
    gateway = await startTestApp({ database, config: CONFIG });
    const [project] = await database.query<{ id: string; tenant_id: string }>(`select id, tenant_id from project`);
    projectId = project!.id;
    owner = await sendAs(gateway, 'owner', { tenantId: project!.tenant_id });
  });
  afterAll(async () => {
    await gateway?.close();
    await simulator?.close();
    await database?.drop();
    vi.unstubAllEnvs();
  });

  it("keeps a tenant's very first calls, many at once and streams among them", async () => {
    await capture('full');
    expect(await database.query(`select id from vault_sealing_key`)).toEqual([]);
    const calls = await Promise.all(Array.from({ length: 12 }, (_, i) => chat({ stream: i % 3 === 0 })));
    for (const { id, text } of calls) expect((await payloadOf(id)).answer.text).toBe(text);
    expect(await database.query(`select id from vault_sealing_key`)).toHaveLength(1);
  });

  it("serves a tenant's first calls without a capture while no key can be had, and captures as soon as it can", async () => {
    await capture('full');
    await database.query(`delete from vault_sealing_key`);
    const second = await startTestApp({ database, config: CONFIG });
    const blocker = new Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('begin; lock table vault_sealing_key in access exclusive mode');
    const calls = await Promise.all([chat({ at: second }), chat({ at: second, stream: true })]);
    expect(calls.map(({ status }) => status)).toEqual([200, 200]);
    await blocker.query('rollback');
    await blocker.end();
    for (const { id } of calls) expect(await statusOfPayload(id)).toBe(404);
    await vi.waitFor(async () => expect(await statusOfPayload((await chat({ at: second })).id)).toBe(200));
    await second.close();
  });

  it('keeps nothing unless the project asks for it', async () => {
    await capture('none');
    const { id } = await chat();
    expect((await owner('GET', `/admin/v1/requests/${id}/payload`)).status).toBe(404);
  });

  it.each([false, true])('keeps all of a call, as the client saw it (stream %s)', async (stream) => {
    await capture('full');
    const { id, sent, text } = await chat({ stream });
    const { mode, request, answer } = await payloadOf(id);
    expect(mode).toBe('full');
    expect(request).toEqual({ contentType: 'application/json', bytes: sent.length, text: sent, isCut: false });
    expect(answer).toMatchObject({ bytes: Buffer.byteLength(text), text, isCut: false });
    expect(answer.contentType).toContain(stream ? 'text/event-stream' : 'application/json');
  });

  it('keeps what the upstream said of a mistake of the caller', async () => {
    await capture('full');
    const { id, text } = await chat({ content: '[[simulate status=400&code=bad_thing]]' });
    expect((await payloadOf(id)).answer.text).toBe(text);
    expect(text).toContain('bad_thing');
  });

  it('keeps sizes and types only, when the project wants metadata', async () => {
    await capture('metadata');
    const { id, sent, text } = await chat();
    const { mode, request, answer } = await payloadOf(id);
    expect([mode, request]).toEqual(['metadata', { contentType: 'application/json', bytes: sent.length }]);
    expect(answer).toEqual({ contentType: expect.stringContaining('json'), bytes: Buffer.byteLength(text) });
  });

  it('cuts what is too long, and says so', async () => {
    await capture('full');
    const { id, sent } = await chat({ content: 'x'.repeat(600 * 1024) });
    const { request } = await payloadOf(id);
    expect(request).toMatchObject({ bytes: sent.length, isCut: true });
    expect(sent.startsWith(request.text!)).toBe(true);
  });

  it('has nothing in clear: not in the database, not in the journal', async () => {
    await capture('full');
    await chat({ content: 'needle-in-haystack' });
    const rows = await database.query<{ text: string }>(`select request_payload::text as text from request_payload`);
    expect(rows.length).toBeGreaterThan(0);
    for (const { text } of rows) {
      expect(text).not.toContain('needle');
      const ciphertext = /,([A-Za-z0-9+/=]{40,}),/.exec(text)?.[1] ?? '';
      expect(Buffer.from(ciphertext, 'base64').toString('latin1')).not.toContain('needle');
    }
  });

  async function capture(mode: string): Promise<void> {
    expect((await owner('PATCH', `/admin/v1/projects/${projectId}`, { capture: mode })).status).toBe(200);
    const inForce = () => gateway.app.get(CurrentSnapshot).get().projects.get(projectId)?.capture;
    await vi.waitFor(() => expect(inForce()).toBe(mode));
    expect(gateway.app.get(Vault).state()).toBe('unlocked');
  }

  async function chat({ content = 'hello', stream = false, at = gateway } = {}): Promise<Chatted> {
    const sent = JSON.stringify({ model: 'chat', stream, messages: [{ role: 'user', content }] });
    const headers = { authorization: `Bearer ${token}` };
    const answer = await at.send('POST', '/v1/chat/completions', sent, { headers });
    const text = await answer.text();
    const id = (answer.headers.get('x-request-id') ?? '').replace('req_', '');
    await at.app.get(Drain).drain();
    return { status: answer.status, id: id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'), sent, text };
  }

  async function statusOfPayload(id: string): Promise<number> {
    return (await owner('GET', `/admin/v1/requests/${id}/payload`)).status;
  }

  async function payloadOf(id: string): Promise<Captured> {
    const answer = await owner('GET', `/admin/v1/requests/${id}/payload`);
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { payload: Captured }).payload;
  }
});
