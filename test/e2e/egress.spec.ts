import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { seedChat } from '../support/seed-chat.js';
import { startTestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const MASTER_KEY = '5a'.repeat(32);
const body = { model: 'chat', messages: [{ role: 'user', content: 'Hello' }] };

/** Rows are written around the check at save: what counts is the one at connect. */
describe('a relayed call', () => {
  let simulator: Simulator;
  let database: TestDatabase;

  beforeAll(async () => {
    simulator = await startSimulator();
    process.env.UPSTREAM_KEY = 'sk-upstream';
    return () => simulator.close();
  });
  beforeEach(async () => void (database = await createTestDatabase()));
  afterEach(() => database.drop());

  const call = async (baseUrl: string, config: NodeJS.ProcessEnv) => {
    const token = await seedChat((sql, parameters) => database.query(sql, parameters), baseUrl);
    const gateway = await startTestApp({ database, config: { WAGGLE_MASTER_KEY: MASTER_KEY, ...config } });
    try {
      const headers = { authorization: `Bearer ${token}` };
      const startedAt = performance.now();
      const response = await gateway.send('POST', '/v1/chat/completions', body, { headers });
      return { status: response.status, text: await response.text(), ms: performance.now() - startedAt };
    } finally {
      await gateway.close();
    }
  };

  it('reaches loopback outside production', async () => {
    expect((await call(`${simulator.url}/v1`, {})).status).toBe(200);
  });

  it('does not reach loopback in production, unless it is allowed', async () => {
    const before = simulator.stats.totals().calls;
    expect((await call(`${simulator.url}/v1`, { NODE_ENV: 'production' })).status).toBeGreaterThanOrEqual(500);
    expect(simulator.stats.totals().calls).toBe(before);
  });

  it('reaches loopback in production when it is allowed', async () => {
    const config = { NODE_ENV: 'production', WAGGLE_EGRESS_ALLOW: '127.0.0.0/8' };
    expect((await call(`${simulator.url}/v1`, config)).status).toBe(200);
  });

  it.each(['http://169.254.169.254/v1', 'http://[fd00:ec2::254]/v1', 'http://10.0.0.1/v1', 'http://0.0.0.0:1/v1'])(
    'never gets as far as a connection to %s',
    async (baseUrl) => {
      const { status, text, ms } = await call(baseUrl, { WAGGLE_EGRESS_ALLOW: '169.254.0.0/16,fd00:ec2::/32' });
      expect(status).toBeGreaterThanOrEqual(500);
      expect(ms).toBeLessThan(5000); // the connect timeout
      expect(text).not.toContain('169.254');
    },
  );
});
