import type { ServerResponse } from 'node:http';
import { CurrentHealth } from '../../../src/snapshot/health/current-health.js';
import { CurrentSnapshot } from '../../../src/snapshot/current-snapshot.js';
import type { ProfileEntry } from '../../../src/snapshot/snapshot.js';
import { ANSWER } from '../../support/chat-fixtures.js';
import { MortalUpstream } from '../../support/mortal-upstream.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';

const PATH = '/v1/chat/completions';

/** A provider with a bucket of calls that refills steadily, as OpenAI's and Anthropic's do. */
class Bucket {
  refused = 0;
  private level: number;
  private at = performance.now();

  constructor(
    private readonly limit: number,
    private readonly refillMs: number,
    private readonly headers: (left: number, resetMs: number, limit: number) => Record<string, string>,
  ) {
    this.level = limit;
  }

  readonly answer = (_: number, response: ServerResponse): void => {
    const now = performance.now();
    this.level = Math.min(this.limit, this.level + ((now - this.at) * this.limit) / this.refillMs);
    this.at = now;
    const isRefused = this.level < 1;
    if (isRefused) this.refused += 1;
    else this.level -= 1;
    const resetMs = ((this.limit - this.level) * this.refillMs) / this.limit;
    response.writeHead(isRefused ? 429 : 200, {
      'content-type': 'application/json',
      ...this.headers(Math.floor(this.level), resetMs, this.limit),
    });
    response.end(JSON.stringify(isRefused ? { error: { message: 'Too many.' } } : ANSWER));
  };
}

const openai = (left: number, resetMs: number, limit: number): Record<string, string> => ({
  'x-ratelimit-limit-requests': String(limit),
  'x-ratelimit-remaining-requests': String(left),
  'x-ratelimit-reset-requests': `${Math.ceil(resetMs)}ms`,
});
const anthropic = (left: number, resetMs: number, limit: number): Record<string, string> => ({
  'anthropic-ratelimit-requests-limit': String(limit),
  'anthropic-ratelimit-requests-remaining': String(left),
  'anthropic-ratelimit-requests-reset': new Date(Date.now() + resetMs).toISOString(),
});

describe('the limits that a provider tells of itself', () => {
  let ground: RelayGround;

  beforeAll(async () => {
    ground = await startRelayGround();
    return () => ground.close();
  });

  const route = (name: string, ...upstreams: readonly MortalUpstream[]): ProfileEntry => {
    const targets = upstreams.flatMap(
      ({ origin }, index) => ground.route({ name: `${name}-${index}`, provider: { origin } }).targets,
    );
    return ground.route({ name, profile: { targets } });
  };
  const healthOf = ({ targets }: ProfileEntry) => {
    const model = ground.app.get(CurrentSnapshot).get().models.get(targets[0]!.modelId)!;
    return ground.app.get(CurrentHealth).target(model.providerId, model.id);
  };
  const statusOf = async (model: string, init?: RequestInit): Promise<number> => {
    const response = await ground.post(PATH, { model }, init);
    await response.text();
    return response.status;
  };

  it.each([
    ['openai', openai],
    ['anthropic', anthropic],
  ] as const)('send calls elsewhere before it has to refuse one, as %s tells them', async (name, headers) => {
    const bucket = new Bucket(5, 60_000, headers);
    const [limited, other] = [await MortalUpstream.start(bucket.answer), await MortalUpstream.start()];
    const profile = route(`elsewhere-${name}`, limited, other);
    for (let i = 0; i < 12; i++) expect(await statusOf(profile.name)).toBe(200);
    expect([limited.calls, other.calls, bucket.refused]).toEqual([5, 7, 0]);
    expect(healthOf(profile).state).toBe('closed');
    await limited.die();
    await other.die();
  });

  it('are answered for it where there is no elsewhere, with the time until there is room', async () => {
    const bucket = new Bucket(2, 60_000, openai);
    const limited = await MortalUpstream.start(bucket.answer);
    route('alone', limited);
    expect([await statusOf('alone'), await statusOf('alone')]).toEqual([200, 200]);
    const refused = await ground.post(PATH, { model: 'alone' });
    const { error } = (await refused.json()) as { error: object };
    expect([refused.status, error]).toMatchObject([429, { code: 'rate_limit_exceeded' }]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(25);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(30);
    expect([limited.calls, bucket.refused]).toEqual([2, 0]);
    await limited.die();
  });

  it('make calls wait for a moment rather than fail, each token in its turn', async () => {
    const bucket = new Bucket(10, 1000, openai); // one each 100 ms
    const limited = await MortalUpstream.start(bucket.answer);
    route('storm', limited);
    const modest = { headers: { authorization: `Bearer ${ground.token()}` } };
    for (let i = 0; i < 10; i++) await statusOf('storm');
    const greedy = Array.from({ length: 30 }, () => statusOf('storm'));
    const few = Array.from({ length: 3 }, () => statusOf('storm', modest));
    expect(await Promise.all(few)).toEqual([200, 200, 200]);
    const statuses = await Promise.all(greedy);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(3);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(10);
    expect(bucket.refused).toBeLessThanOrEqual(2);
    await limited.die();
  });

  it('say when to come again, if a refusal does not say it itself', async () => {
    const limited = await MortalUpstream.start((_, response) => {
      response.writeHead(429, { 'content-type': 'application/json', ...openai(0, 40_000, 10) }).end('{}');
    });
    const profile = route('bare', limited);
    const refused = await ground.post(PATH, { model: 'bare' });
    await refused.text();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '40']);
    expect(healthOf(profile).askedWaitMs(Date.now())).toBeGreaterThan(30_000);
    await limited.die();
  });

  it.each([
    ['nothing of nothing', { 'x-ratelimit-limit-requests': '0', 'x-ratelimit-remaining-requests': '0' }],
    ['no number', { 'x-ratelimit-limit-requests': 'None', 'x-ratelimit-remaining-requests': 'None' }],
    ['less than nothing', { 'x-ratelimit-limit-tokens': '5', 'x-ratelimit-remaining-tokens': '-1' }],
  ])('limit nothing where they say %s', async (name, headers) => {
    const odd = await MortalUpstream.start((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(ANSWER));
    });
    const profile = route(`odd-${name}`, odd);
    for (let i = 0; i < 3; i++) expect(await statusOf(profile.name)).toBe(200);
    expect(healthOf(profile).askedWaitMs(Date.now())).toBe(0);
    await odd.die();
  });

  it('are listed with the health of its targets', async () => {
    const limited = await MortalUpstream.start(new Bucket(100, 60_000, openai).answer);
    const profile = route('listed', limited);
    await statusOf('listed');
    expect(healthOf(profile).limits?.requests.known).toMatchObject({ limit: 100, remaining: 99 });
    await limited.die();
  });
});
