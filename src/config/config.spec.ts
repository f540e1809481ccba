import { ConfigError } from './config-checks.js';
import { Config } from './config.js';

describe(Config.name, () => {
  it('needs nothing outside production', () => {
    expect(Config.from({})).toMatchObject({ host: '127.0.0.1', port: 3000, workers: 1, isProduction: false });
  });

  it('names every problem at once, with the value and what is allowed', () => {
    const problems = problemsOf({ WAGGLE_PORT: 'abc', WAGGLE_WORKERS: '0', WAGGLE_LOG_LEVEL: 'loud' });
    expect(problems).toHaveLength(3);
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^WAGGLE_PORT: "abc" .*integer/),
        expect.stringMatching(/^WAGGLE_WORKERS: "0" .*1/),
        expect.stringMatching(/^WAGGLE_LOG_LEVEL: "loud" .*info/),
      ]),
    );
  });

  it('never repeats a secret', () => {
    expect(problemsOf({ WAGGLE_MASTER_KEY: 'hunter2' }).join()).not.toContain('hunter2');
  });

  it('refuses a misspelled variable', () => {
    expect(problemsOf({ WAGGLE_PROT: '1' })).toEqual([expect.stringContaining('WAGGLE_PROT')]);
  });

  it('refuses production without a master key', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual([expect.stringContaining('WAGGLE_MASTER_KEY')]);
  });

  it('treats an empty variable as unset', () => {
    expect(Config.from({ WAGGLE_PORT: '' }).port).toBe(3000);
  });

  it('reads lists and switches', () => {
    const config = Config.from({ WAGGLE_EGRESS_ALLOW: '10.0.0.0/8, ::1', WAGGLE_DEMO: 'off' });
    expect(config).toMatchObject({ egressAllow: ['10.0.0.0/8', '::1'], demo: false });
  });
});

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    Config.from(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
