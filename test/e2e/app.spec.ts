import { SchedulerRegistry } from '@nestjs/schedule';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('the app', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startTestApp()));
  afterAll(() => app.close());

  it('answers unknown paths of the admin API with problem+json', async () => {
    const answer = await app.send('GET', '/admin/v1/nothing-here');
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('keeps connections open for longer than load balancers do, or as long as it is told', async () => {
    const kept = async (server: TestApp) => (await server.send('GET', '/healthz')).headers.get('keep-alive');
    expect(await kept(app)).toBe('timeout=75');
    const other = await startTestApp({ config: { WAGGLE_KEEP_ALIVE_SECONDS: '7' } });
    expect(await kept(other)).toBe('timeout=7');
    await other.close();
  });

  it('runs the periodic jobs of its rooms', () => {
    expect(app.app.get(SchedulerRegistry).getIntervals().length).toBeGreaterThanOrEqual(9);
  });
});
