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

  it('runs the periodic jobs of its rooms', () => {
    expect(app.app.get(SchedulerRegistry).getIntervals().length).toBeGreaterThanOrEqual(9);
  });
});
