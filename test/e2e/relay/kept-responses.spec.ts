import OpenAI from 'openai';
import { Drain } from '../../../src/usage/drain.service.js';
import { KeptResponsesUpkeep } from '../../../src/responses/kept-responses-upkeep.service.js';
import { KeptResponsesService } from '../../../src/responses/kept-responses.service.js';
import { KeptResponses } from '../../../src/responses/kept-responses.js';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';

const ask = { model: 'kept', input: 'Who are you?' };

describe('a response that its provider keeps', () => {
  let simulator: Simulator;
  let second: Simulator;
  let ground: RelayGround;
  let openai: OpenAI;

  beforeAll(async () => {
    simulator = await startSimulator({ apiKey: 'upstream-key' });
    second = await startSimulator({ apiKey: 'upstream-key' });
    ground = await startRelayGround();
    const model = { upstreamId: 'sim-chat', operation: 'responses' } as const;
    ground.route({ name: 'kept', model, provider: { origin: simulator.url } });
    openai = clientOf(ground.token());
    return async () => {
      await ground.close();
      await simulator.close();
      await second.close();
    };
  });

  const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${ground.url}/v1`, apiKey, maxRetries: 0 });
  /** All that this process did is in Postgres, and nothing in its memory. */
  const forgotten = async (): Promise<void> => {
    await ground.app.get(Drain, { strict: false }).drain();
    const service = ground.app.get<KeptResponsesService>(KeptResponses, { strict: false });
    (Reflect.get(service, 'known') as Map<string, unknown>).clear();
  };

  it('is shown again under the name of its profile, for nothing', async () => {
    const made = await openai.responses.create(ask);
    const { data, response } = await openai.responses.retrieve(made.id, { include: [] }).withResponse();
    expect(data).toEqual(made);
    expect(data.model).toBe('kept');
    const { tries, ...row } = await ground.row(response);
    const nothing = { cost_picos: 0n, input_tokens: 0, output_tokens: 0, usage_source: 'none' };
    expect(row).toMatchObject({ ...nothing, operation: 'responses', path: `/v1/responses/${made.id}`, attempts: 1 });
    expect(tries).toMatchObject([{ ...nothing, outcome: 'ok', status: 200 }]);
    const sent = simulator.stats.records().at(-1);
    expect([sent?.method, sent?.url, sent?.bodyBytes]).toEqual(['GET', `/v1/responses/${made.id}`, 0]);
    expect(sent?.headers).not.toHaveProperty('content-type');
  });

  it('is streamed again, for nothing', async () => {
    const stream = openai.responses.stream({ ...ask, input: 'Stream' });
    const made = await stream.finalResponse();
    const again = await openai.responses.retrieve(made.id, { stream: true });
    const types: string[] = [];
    for await (const event of again) types.push(event.type);
    expect([types[0], types.at(-1)]).toEqual(['response.created', 'response.completed']);
    const path = `/v1/responses/${made.id}`;
    const entry = await vi.waitUntil(() => ground.entries.find(({ request }) => request?.path === path));
    expect(entry.request).toMatchObject({ outcome: 'ok', is_streamed: true, cost_picos: 0n, output_tokens: 0 });
  });

  it('lists what it was made of, page by page', async () => {
    const input = ['one', 'two', 'three'].map((content) => ({ role: 'user' as const, content }));
    const { id } = await openai.responses.create({ ...ask, input });
    const page = await openai.responses.inputItems.list(id, { limit: 2, order: 'asc' });
    expect(page.data).toMatchObject([{ content: 'one' }, { content: 'two' }]);
    expect(simulator.stats.records().at(-1)?.url).toBe(`/v1/responses/${id}/input_items?limit=2&order=asc`);
  });

  it('is deleted, and then nobody has it', async () => {
    const { id } = await openai.responses.create(ask);
    await ground.app.get(Drain, { strict: false }).drain();
    await openai.responses.delete(id);
    expect(simulator.stats.records().at(-1)?.method).toBe('DELETE');
    await expect(openai.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
    const rows = () => ground.database.query(`select 1 from kept_response where id = $1`, [id]);
    await vi.waitFor(async () => expect(await rows()).toEqual([]), { timeout: 5000, interval: 20 });
    await forgotten();
    await expect(openai.responses.retrieve(id)).rejects.toMatchObject({ status: 404, code: 'response_not_found' });
  });

  it('is not cancelled when it is done, as its provider says in its own words', async () => {
    const { id } = await openai.responses.create(ask);
    const message = expect.stringMatching(/Cannot cancel a synchronous/) as string;
    await expect(openai.responses.cancel(id)).rejects.toMatchObject({ status: 400, message });
    const sent = simulator.stats.records().at(-1);
    expect([sent?.method, sent?.path]).toEqual(['POST', `/responses/${id}/cancel`]);
  });

  it('is found by every process, after a restart as well', async () => {
    const made = await openai.responses.create(ask);
    await forgotten();
    expect(await openai.responses.retrieve(made.id)).toEqual(made);
    const metrics = await (await ground.send('GET', '/metrics')).text();
    expect(metrics).toMatch(/^waggle_kept_responses_known\{worker="\d+"\} 1$/m);
    expect(metrics).toMatch(/^waggle_schema_checks_waiting\{worker="\d+"\} 0$/m);
  });

  it('is waited for when another process has it in its journal still', async () => {
    const { id } = await openai.responses.create(ask);
    await forgotten();
    const [row] = await ground.database.query<object>(`delete from kept_response where id = $1 returning *`, [id]);
    expect(row).toBeDefined();
    const asked = openai.responses.retrieve(id);
    await ground.database.query(
      `insert into kept_response select * from jsonb_populate_record(null::kept_response, $1)`,
      [row],
    );
    expect((await asked).id).toBe(id);
  });

  it('is nobody else’s: not of another project, nor of a token for other profiles', async () => {
    const { id } = await openai.responses.create(ask);
    const projectId = crypto.randomUUID();
    const other = clientOf(ground.token({ projectId }));
    const bound = clientOf(ground.token({ profileIds: new Set([crypto.randomUUID()]) }));
    const scoped = clientOf(ground.token({ scopes: new Set(['chat']) }));
    const { calls } = simulator.stats.totals();
    for (const stranger of [other, bound]) {
      for (const tried of [
        () => stranger.responses.retrieve(id),
        () => stranger.responses.delete(id),
        () => stranger.responses.cancel(id),
        () => stranger.responses.inputItems.list(id),
      ]) {
        await expect(tried()).rejects.toMatchObject({ status: 404, code: 'response_not_found' });
      }
    }
    await expect(scoped.responses.retrieve(id)).rejects.toMatchObject({ status: 403, code: 'insufficient_scope' });
    await expect(clientOf('wgl_none').responses.retrieve(id)).rejects.toMatchObject({ status: 401 });
    const model = { upstreamId: 'sim-chat', operation: 'responses' } as const;
    ground.route({ name: 'kept', profile: { projectId }, model, provider: { origin: simulator.url } });
    const follow = other.responses.create({ ...ask, previous_response_id: id });
    await expect(follow).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' });
    expect(simulator.stats.totals().calls).toBe(calls);
    expect(await openai.responses.retrieve(id)).toMatchObject({ id });
  });

  it('is gone on with by the provider that has it, wherever else the profile leads', async () => {
    const model = { upstreamId: 'sim-chat', operation: 'responses' } as const;
    const away = ground.route({ name: 'away', model, provider: { origin: second.url } });
    const near = ground.route({ name: 'near', model, provider: { origin: simulator.url } });
    ground.route({ name: 'both', profile: { operation: 'responses', targets: [...away.targets, ...near.targets] } });
    const { id } = await openai.responses.create({ ...ask, model: 'near' });
    const next = await openai.responses.create({ ...ask, model: 'both', previous_response_id: id });
    expect(next.previous_response_id).toBe(id);
    await forgotten();
    const later = await openai.responses.create({ ...ask, model: 'both', previous_response_id: next.id });
    expect(later.previous_response_id).toBe(next.id);
    const lost = openai.responses.create({ ...ask, model: 'away', previous_response_id: id });
    const refused = { status: 400, code: 'previous_response_not_found', param: 'previous_response_id' };
    await expect(lost).rejects.toMatchObject(refused);
    const unknown = openai.responses.create({ ...ask, previous_response_id: 'resp_nobody' });
    await expect(unknown).rejects.toMatchObject(refused);
  });

  it('is not noted when its caller wants it not to be kept, or a translation made it', async () => {
    const { id } = await openai.responses.create({ ...ask, store: false });
    const provider = { driver: 'openai-compatible', origin: simulator.url };
    ground.route({ name: 'translated', model: { upstreamId: 'sim-chat' }, provider });
    const { id: made } = await openai.responses.create({ ...ask, model: 'translated' });
    for (const each of [id, made, '..%2Fmodels', 'resp_%00', 'x'.repeat(300)]) {
      await expect(openai.responses.retrieve(each)).rejects.toMatchObject({ status: 404 });
    }
  });

  it('is forgotten after a month', async () => {
    const { id } = await openai.responses.create(ask);
    await forgotten();
    await ground.database.query(`update kept_response set created_at = now() - interval '32 days' where id = $1`, [id]);
    await ground.app.get(KeptResponsesUpkeep, { strict: false }).trim();
    await expect(openai.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  it('goes with its profile', async () => {
    const model = { upstreamId: 'sim-chat', operation: 'responses' } as const;
    const profile = ground.route({ name: 'closing', model, provider: { origin: simulator.url } });
    const { id } = await openai.responses.create({ ...ask, model: 'closing' });
    ground.route({ name: 'closing', profile: { ...profile, isEnabled: false } });
    await expect(openai.responses.retrieve(id)).rejects.toMatchObject({ status: 403, code: 'profile_disabled' });
  });
});
