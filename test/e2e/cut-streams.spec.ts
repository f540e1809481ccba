import type { CallRecord } from '../../src/simulator/account.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { startRelayGround, type RelayGround } from '../support/relay-ground.js';
import { readEvents } from '../support/stream-invariants.js';

const STREAMS = 200;
const TOKENS = 60;

/** How one stream shall end, and after how many frames. */
interface Fate {
  readonly kind: 'complete' | 'upstream cuts' | 'upstream fails' | 'client leaves a pause' | 'client leaves a flow';
  readonly directives: string;
  /** The client leaves once it has seen so many events. */
  readonly leaveAfter: number;
}

interface AttemptRow {
  readonly upstream_request_id: string;
  readonly outcome: string;
  readonly usage_source: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
}

let simulator: Simulator;
let ground: RelayGround;
beforeAll(async () => {
  simulator = await startSimulator();
  ground = await startRelayGround();
  for (const name of ['chat', 'flow']) {
    ground.route({ name, model: { upstreamId: `sim-${name}` }, provider: { origin: simulator.url } });
  }
});
afterAll(async () => {
  await simulator?.close();
  await ground?.close();
});

describe('200 concurrent streams that are cut at random points', () => {
  const fates = Array.from({ length: STREAMS }, (_, index) => fateOf(index, random(index)));
  let rows: ReadonlyMap<string, AttemptRow>;
  let calls: readonly CallRecord[];

  beforeAll(async () => {
    await Promise.all(fates.map(run));
    await vi.waitFor(() => expect(simulator.stats.totals().open).toBe(0), { timeout: 5000 });
    calls = simulator.stats.records();
    rows = await vi.waitUntil(ledgerOfAll, { timeout: 15_000, interval: 100 });
  });

  it('leaves one row for each upstream call, and one for each request', async () => {
    expect(calls).toHaveLength(STREAMS);
    expect([...rows.keys()].toSorted()).toEqual(calls.map(({ id }) => id).toSorted());
    const [{ count } = { count: '' }] = await ground.database.query<{ count: string }>('select count(*) from request');
    expect(Number(count)).toBe(STREAMS);
  });

  it('tells how each of them ended', () => {
    const endings = calls.map(({ id, ended }) => `${ended}: ${rows.get(id)?.outcome}`);
    const expected: Readonly<Record<Fate['kind'], string>> = {
      complete: 'complete: ok',
      'upstream cuts': 'cut: cut',
      'upstream fails': 'complete: upstream_error',
      'client leaves a pause': 'client_left: cancelled',
      'client leaves a flow': 'client_left: cancelled',
    };
    expect(endings.toSorted()).toEqual(fates.map(({ kind }) => expected[kind]).toSorted());
  });

  it('counts for each of them what the simulator sent, and so in sum', () => {
    const sums = { sent: 0, booked: 0 };
    for (const { id, outputTokens, ended } of calls) {
      const booked = rows.get(id)?.output_tokens ?? Number.NaN;
      if (isFlow(id)) {
        // What was on its way when the client left may not have been received.
        expect(booked).toBeLessThanOrEqual(outputTokens);
        continue;
      }
      expect(booked, ended).toBe(outputTokens);
      sums.sent += outputTokens;
      sums.booked += booked;
    }
    expect(sums.booked).toBe(sums.sent);
    expect(sums.sent).toBeGreaterThan(STREAMS);
  });

  it('books the usage that the provider told, and its own count where it told none', () => {
    for (const { id, isUsageSent, inputTokens } of calls) {
      const row = rows.get(id);
      if (isUsageSent) expect(row).toMatchObject({ usage_source: 'provider', input_tokens: inputTokens });
      else expect(['estimated', 'none']).toContain(row?.usage_source);
    }
  });

  function isFlow(id: string): boolean {
    return calls.find((call) => call.id === id)?.model === 'sim-flow';
  }

  async function ledgerOfAll(): Promise<ReadonlyMap<string, AttemptRow> | undefined> {
    const found = await ground.database.query<AttemptRow>(
      'select upstream_request_id, outcome, usage_source, input_tokens::int, output_tokens::int from attempt',
    );
    return found.length < calls.length ? undefined : new Map(found.map((row) => [row.upstream_request_id, row]));
  }
});

function fateOf(index: number, at: number): Fate {
  const frames = 1 + Math.floor(at * (TOKENS - 2));
  const usage = index % 3 === 0 ? '&usage=every' : '';
  const paced = `tokens=${TOKENS}&chunkDelayMs=1${usage}`;
  switch (index % 5) {
    case 0:
      return { kind: 'complete', directives: paced, leaveAfter: Infinity };
    case 1:
      return { kind: 'upstream cuts', directives: `${paced}&cutAfter=${frames}`, leaveAfter: Infinity };
    case 2:
      return { kind: 'upstream fails', directives: `${paced}&errorAfter=${frames}`, leaveAfter: Infinity };
    case 3:
      return { kind: 'client leaves a pause', directives: `${paced}&stallAfter=${frames}`, leaveAfter: frames };
    default:
      return { kind: 'client leaves a flow', directives: `tokens=5000&chunkDelayMs=5${usage}`, leaveAfter: frames };
  }
}

/** Streams one answer as a client does, and leaves when its time has come. */
async function run({ directives, leaveAfter, kind }: Fate): Promise<void> {
  const controller = new AbortController();
  const response = await ground.post(
    '/v1/chat/completions',
    {
      model: kind === 'client leaves a flow' ? 'flow' : 'chat',
      stream: true,
      messages: [{ role: 'user', content: `[[simulate ${directives}]]` }],
    },
    { signal: controller.signal },
  );
  expect(response.status).toBe(200);
  let body = '';
  try {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      body += chunk;
      if (readEvents(body).length >= leaveAfter) controller.abort();
    }
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  }
}

/** The same numbers in each run, between 0 and 1. */
function random(seed: number): number {
  return (Math.imul(seed + 1, 2_654_435_761) >>> 0) / 0x1_0000_0000;
}
