import { InFlight } from '../../../src/relay/client/in-flight.js';
import { ANSWER, chunk, FIRST, LAST } from '../../support/chat-fixtures.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';
import { sse } from '../../support/stub-upstream.js';

const PATH = '/v1/chat/completions';

describe('going away', () => {
  let ground: RelayGround;

  beforeEach(async () => {
    ground = await startRelayGround({ config: { WAGGLE_SHUTDOWN_GRACE_SECONDS: '1' } });
    return () => ground.close();
  });

  it('lets calls in flight end, and closes their connections', async () => {
    const plain = ground.post(PATH, { model: 'm' });
    const first = await ground.upstream.next();
    const stream = ground.post(PATH, { model: 'm', stream: true });
    const second = await ground.upstream.begin(FIRST);
    await stream;
    const app = ground.app;
    const gone = app.close();
    await vi.waitUntil(() => app.get(InFlight).isDraining);

    first.response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ANSWER));
    second.response.end(`${sse(LAST)}data: [DONE]\n\n`);
    expect((await plain).headers.get('connection')).toBe('close');
    expect(await (await stream).text()).toContain('[DONE]');
    await gone;
    expect(ground.entries.map(({ request }) => request?.outcome)).toEqual(['ok', 'ok']);
  });

  it('cuts what outlasts the grace with an error, and has it on record', async () => {
    const stream = await Promise.all([
      ground.post(PATH, { model: 'm', stream: true }),
      ground.upstream.begin(FIRST, chunk({ content: 'Once upon' })),
    ]);
    const plain = ground.post(PATH, { model: 'm' });
    const { closed } = await ground.upstream.next();
    const gone = ground.app.close();
    const text = await stream[0].text();
    await closed;

    expect(text).toContain('"code":"shutting_down"');
    expect(text).not.toContain('[DONE]');
    expect((await plain).status).toBe(503);
    await gone;
    expect(ground.entries.map(({ request }) => request?.error_code)).toEqual(['shutting_down', 'shutting_down']);
  });
});
