import { InFlight } from '../../src/relay/client/in-flight.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Report {
  status: string;
  details: Record<string, { status: string }>;
}

describe('operations', () => {
  let gateway: TestApp;

  beforeEach(async () => {
    gateway = await startTestApp();
    return () => gateway.close();
  });

  const ready = async (): Promise<{ code: number; report: Report }> => {
    const response = await gateway.send('GET', '/readyz');
    return { code: response.status, report: (await response.json()) as Report };
  };
  const becomesReady = () => vi.waitFor(async () => expect((await ready()).code).toBe(200), 10_000);

  it('says that it lives, and that it is ready once it has a snapshot', async () => {
    expect(await (await gateway.send('GET', '/healthz')).json()).toEqual({ status: 'ok' });
    await becomesReady();
    const up = { status: 'up' };
    expect((await ready()).report).toMatchObject({
      status: 'ok',
      details: { serving: up, snapshot: up, journal: up, postgres: up, vault: up },
    });
  });

  it('stays ready, and says so, when Postgres is away', async () => {
    await becomesReady();
    await gateway.database.drop();
    const { code, report } = await ready();
    expect(code).toBe(200);
    expect(report).toMatchObject({ status: 'degraded', details: { postgres: { status: 'degraded' } } });
  });

  it('is not ready any more when it is going away', async () => {
    await becomesReady();
    await gateway.app.get(InFlight, { strict: false }).drain(0);
    const { code, report } = await ready();
    expect(code).toBe(503);
    expect(report).toMatchObject({ status: 'error', details: { serving: { status: 'down' } } });
  });

  it('shows numbers for Prometheus, each once and with a bounded label', async () => {
    await becomesReady();
    const response = await gateway.send('GET', '/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = (await response.text()).trim().split('\n');
    const samples = lines.filter((line) => !line.startsWith('#'));
    for (const sample of samples) expect(sample).toMatch(/^[a-z_]+\{worker="\d+"\} -?\d+(\.\d+)?(e[-+]\d+)?$/);
    const names = samples.map((sample) => sample.split('{')[0]);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('waggle_journal_waiting_bytes');
    for (const name of names) expect(lines).toContainEqual(expect.stringMatching(`^# TYPE ${name} (counter|gauge)$`));
  });
});
