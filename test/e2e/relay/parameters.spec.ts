import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';

const ANSWER = { id: 'c', object: 'chat.completion', model: 'up', choices: [], usage: { prompt_tokens: 1 } };
const strict = { defaults: {}, overrides: {}, systemPrompt: null, parameters: 'strict' as const };

let ground: RelayGround;
beforeAll(async () => {
  ground = await startRelayGround();
  const model = { upstreamId: 'o4-mini' };
  ground.route({ name: 'reasoner', model });
  ground.route({ name: 'strict-reasoner', model, profile: { policy: strict } });
  ground.route({ name: 'strict-claude', profile: { policy: strict }, provider: { driver: 'anthropic' } });
});
afterAll(() => ground?.close());

const messages = [{ role: 'user', content: 'Hi' }];

describe('settings that a model has no place for', () => {
  it('are renamed or left out, and named in a header', async () => {
    const sent = ground.post('/v1/chat/completions', { model: 'reasoner', messages, max_tokens: 9, temperature: 0.2 });
    const { body } = await ground.upstream.reply(200, ANSWER);
    expect(JSON.parse(body.toString())).toEqual({ model: 'o4-mini', messages, max_completion_tokens: 9 });
    expect((await sent).headers.get('x-waggle-dropped')).toBe('temperature');
  });

  it('are nothing to speak of when there are none', async () => {
    const sent = ground.post('/v1/chat/completions', { model: 'reasoner', messages, temperature: 1 });
    const { body } = await ground.upstream.reply(200, ANSWER);
    expect(JSON.parse(body.toString())).toEqual({ model: 'o4-mini', messages, temperature: 1 });
    expect((await sent).headers.has('x-waggle-dropped')).toBe(false);
  });

  it('are refused where the answer would be another one, by every profile', async () => {
    const { calls } = ground.upstream;
    const answer = await ground.post('/v1/chat/completions', { model: 'reasoner', messages, stop: ['a'] });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'unsupported_parameter', param: 'stop' } });
    expect(ground.upstream.calls).toBe(calls);
  });

  it('are brought within bounds, and named in a header', async () => {
    const model = { upstreamId: 'kimi-k2' };
    ground.route({ name: 'kimi', model, provider: { driver: 'openai-compatible' } });
    const sent = ground.post('/v1/chat/completions', { model: 'kimi', messages, temperature: 1.6 });
    const { body } = await ground.upstream.reply(200, ANSWER);
    expect(JSON.parse(body.toString())).toEqual({ model: 'kimi-k2', messages, temperature: 1 });
    expect((await sent).headers.get('x-waggle-loss')).toBe('temperature');
  });

  it.each([
    ['strict-reasoner', { temperature: 0.2, logit_bias: { 1: 1 } }, 'temperature, logit_bias'],
    ['strict-claude', { seed: 4 }, 'seed'],
    ['strict-claude', { service_tier: 'flex', metadata: { a: 'b' }, prompt_cache_key: 'k' }, ': service_tier.'],
  ])('are refused where the profile %s is strict', async (model, settings, names) => {
    const { calls } = ground.upstream;
    const answer = await ground.post('/v1/chat/completions', { model, messages, ...settings });
    expect(answer.status).toBe(400);
    const { error } = (await answer.json()) as { error: object };
    expect(error).toMatchObject({ code: 'unsupported_parameter', param: Object.keys(settings)[0] });
    expect(error).toHaveProperty('message', expect.stringContaining(names));
    expect(ground.upstream.calls).toBe(calls);
    expect(await ground.row(answer)).toMatchObject({ outcome: 'rejected', attempts: 0 });
  });
});
