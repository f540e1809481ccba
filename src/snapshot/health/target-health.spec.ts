import type { CircuitState } from '../health-view.js';
import { TargetHealth } from './target-health.js';

const START = 1_763_600_000_000;

/** A target whose calls take no time, and the states it went through. */
function ground() {
  const states: CircuitState[] = [];
  const target = new TargetHealth('p', 'm', { announce: ({ to }) => states.push(to), random: () => 1 });
  let now = START;
  return {
    target,
    states,
    pass: (ms: number) => (now += ms),
    good: (times = 1) => {
      for (let i = 0; i < times; i++) target.succeed(now, now);
    },
    bad: (times = 1) => {
      for (let i = 0; i < times; i++) target.fail(now, now, 'network');
    },
    state: () => target.stateAt(now),
    admit: () => target.admit(now),
    now: () => now,
  };
}

describe(TargetHealth.name, () => {
  it('opens when everything fails, and lets one call through after a while, which closes it', () => {
    const { target, states, bad, good, state, admit, pass } = ground();
    bad(9);
    expect(state()).toBe('degraded');
    bad();
    expect(state()).toBe('open');
    expect(admit()).toBe(false);
    pass(5000);
    expect(state()).toBe('half_open');
    expect([admit(), admit()]).toEqual([true, false]);
    good();
    expect(state()).toBe('closed');
    expect(states).toEqual(['degraded', 'open', 'closed']);
    expect(target.stored.reason).toBeNull();
  });

  it('waits longer each time that the one call fails, up to half a minute', () => {
    const { bad, state, pass, admit } = ground();
    bad(10);
    for (const wait of [5000, 10_000, 20_000, 30_000, 30_000]) {
      pass(wait - 1);
      expect(state()).toBe('open');
      pass(1);
      expect(admit()).toBe(true);
      bad();
    }
  });

  it('gives the place of the one call to another when its outcome says nothing', () => {
    const { target, bad, pass, admit } = ground();
    bad(10);
    pass(5000);
    expect(admit()).toBe(true);
    target.abstain();
    expect(admit()).toBe(true);
  });

  it('opens after a run of failures, however well all went before', () => {
    const { bad, good, state, pass } = ground();
    good(100_000);
    bad(9);
    pass(1000);
    bad();
    expect(state()).toBe('open');
  });

  it('hears nothing in the ends of calls that began before it opened', () => {
    const { target, bad, pass, state, now } = ground();
    bad(10);
    pass(1000);
    target.succeed(START - 1, now());
    target.fail(START - 1, now(), 'network');
    expect(state()).toBe('open');
    pass(4000);
    expect(state()).toBe('half_open');
  });

  it('is only degraded by an upstream that fails three times in ten, and stays so', () => {
    const { target, states, pass, now } = ground();
    let seed = 7;
    for (let i = 0; i < 100_000; i++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      if (seed / 2 ** 32 < 0.3) target.fail(now(), now(), 'server_error');
      else target.succeed(now(), now());
      pass(i % 200);
    }
    expect(states).toEqual(['degraded']);
  });

  it('closes again once almost nothing fails any more', () => {
    const { states, bad, good, pass, state } = ground();
    good(10);
    bad(4);
    expect(state()).toBe('degraded');
    pass(61_000);
    good();
    expect(states).toEqual(['degraded', 'closed']);
  });

  it('is not degraded for ever when nobody calls it any more', () => {
    const { bad, good, pass, state } = ground();
    good(10);
    bad(5);
    expect(state()).toBe('degraded');
    pass(61_000);
    expect(state()).toBe('closed');
  });

  it('is open for as long as the provider asked, then as before', () => {
    const { target, states, state, admit, pass, now } = ground();
    target.cool(now(), 2000, 'rate_limited');
    expect(state()).toBe('open');
    expect(target.askedWaitMs(now())).toBe(2000);
    pass(2000);
    expect(state()).toBe('closed');
    expect([admit(), admit()]).toEqual([true, true]);
    expect(target.state).toBe('closed');
    expect(states).toEqual(['open']);
  });

  it('takes over what another process found, without saying so again', () => {
    const { target, states, bad, state, pass } = ground();
    const other = new TargetHealth('p', 'm');
    bad(10);
    other.take(target.stored);
    expect(other.stateAt(START)).toBe('open');
    pass(5000);
    target.close(START + 5000);
    other.take(target.stored);
    expect([state(), other.stateAt(START + 5000)]).toEqual(['closed', 'closed']);
    expect(states).toHaveLength(3);
  });
});
