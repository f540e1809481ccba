import fc from 'fast-check';
import { asked, model, profile, provider, routing, snapshotOf, target, views } from '../../test/support/planning.js';
import { STRATEGIES, type Condition, type RoutingEntry } from '../snapshot/routing-entry.js';
import type { ModelEntry, ProfileEntry, ProviderEntry, TargetEntry } from '../snapshot/snapshot.js';
import type { GivenFeatures } from './features.js';
import type { RejectionReason, Views } from './filters.js';
import { plan, type Plan } from './planner.js';

interface World {
  readonly profile?: Partial<ProfileEntry>;
  readonly target?: Partial<TargetEntry>;
  readonly model?: Partial<ModelEntry> | null;
  readonly provider?: Partial<ProviderEntry> | null;
  readonly features?: Partial<GivenFeatures>;
  readonly views?: { [K in keyof Views]?: Partial<Views[K]> };
}

/** The target in question, `m1`, beside one that takes anything. */
function judged(world: World): Plan {
  const models = [...(world.model === null ? [] : [model(world.model)]), model({ id: 'm2', providerId: 'p2' })];
  const providers = [...(world.provider === null ? [] : [provider(world.provider)]), provider({ id: 'p2' })];
  const both = profile([target(world.target), target({ modelId: 'm2' })], world.profile);
  return plan(snapshotOf(models, providers), both, asked(world.features), views(world.views));
}

const order = ({ candidates }: Plan): string[] => candidates.map((candidate) => candidate.model.id);

describe(plan, () => {
  it('offers enabled targets in the order of the profile', () => {
    const { candidates, rejected } = judged({});
    expect(candidates.map((candidate) => [candidate.target.id, candidate.model.id])).toEqual([
      ['t-m1', 'm1'],
      ['t-m2', 'm2'],
    ]);
    expect(rejected).toEqual([]);
  });

  it.each<[RejectionReason, World]>([
    ['profile_disabled', { profile: { isEnabled: false } }],
    ['target_disabled', { target: { isEnabled: false } }],
    ['model_missing', { model: null }],
    ['model_disabled', { model: { isEnabled: false } }],
    ['operation_mismatch', { model: { operation: 'embeddings' } }],
    ['provider_missing', { provider: null }],
    ['provider_disabled', { provider: { isEnabled: false } }],
    ['circuit_open', { views: { health: { stateOf: (id) => (id === 'p1' ? 'open' : 'closed') } } }],
    ['credential_locked', { provider: { needsCredential: true }, views: { credentials: { kindOf: () => 'locked' } } }],
    [
      'credential_missing',
      { provider: { needsCredential: true }, views: { credentials: { kindOf: () => 'missing' } } },
    ],
    ['allowance_used_up', { views: { allowances: { isUsedUp: (_, id) => id === 'm1' } } }],
    ['condition', { target: { conditions: { when: 'tools', is: true } } }],
    ['no_tools', { model: { capabilities: new Set(['vision']) }, features: { hasTools: true } }],
    ['no_vision', { model: { capabilities: new Set(['tools']) }, features: { hasImages: true } }],
    ['no_audio', { model: { capabilities: new Set(['tools']) }, features: { hasAudio: true } }],
    ['no_json_schema', { model: { capabilities: new Set(['tools']) }, features: { responseFormat: 'json_schema' } }],
    ['no_reasoning', { model: { capabilities: new Set(['tools']) }, features: { wantsReasoning: true } }],
    ['context_window', { model: { contextWindow: 1000 }, features: { inputTokens: 910 } }],
    ['max_output', { model: { maxOutput: 100 }, features: { maxOutput: 101 } }],
    ['no_capability', { features: { hints: { requires: ['tools'] } } }],
    ['max_cost', { features: { hints: { maxCostMicros: 1 } } }],
    ['max_latency', { features: { hints: { maxLatencyMs: 9 } }, views: { health: { totalMs: () => 10 } } }],
  ])('rejects a target with the reason %s', (reason, world) => {
    expect(judged(world).rejected).toContainEqual({ targetId: 't-m1', modelId: 'm1', reason });
  });

  it('lets a chat model answer responses and legacy completions', () => {
    for (const operation of ['responses', 'completion'] as const) {
      expect(order(judged({ features: { operation } }))).toEqual(['m1', 'm2']);
    }
  });

  it('asks a model of which no capability is known for anything, and leaves it to a lone target to say what it lacks', () => {
    const wish = { hasTools: true, hasImages: true, inputTokens: 1e6 };
    expect(order(judged({ features: wish }))).toEqual(['m1', 'm2']);
    const small = model({ capabilities: new Set(['audio-input']), contextWindow: 10 });
    expect(order(plan(snapshotOf([small]), profile([target()]), asked(wish), views()))).toEqual(['m1']);
  });

  it('tries the largest target when all seem too small, but none that is out of order', () => {
    const models = [
      model({ contextWindow: 10 }),
      model({ id: 'm2', contextWindow: 30 }),
      model({ id: 'm3', contextWindow: 20 }),
    ];
    const three = profile(models.map(({ id }) => target({ modelId: id })));
    const planned = plan(snapshotOf(models), three, asked({ inputTokens: 100 }), views());
    expect(order(planned)).toEqual(['m2']);
    expect(planned.rejected.map(({ modelId }) => modelId)).toEqual(['m1', 'm3']);
    const sick = views({ health: { stateOf: (_, id) => (id === 'm2' ? 'open' : 'closed') } });
    expect(order(plan(snapshotOf(models), three, asked({ inputTokens: 100 }), sick))).toEqual(['m3']);
  });

  it('takes unwell targets when there are no others', () => {
    const health = { stateOf: () => 'open' as const };
    expect(judged({ views: { health } }).candidates.map(({ model: { id } }) => id)).toEqual(['m1', 'm2']);
    expect(
      order(judged({ views: { health }, features: { hasTools: true }, model: { capabilities: new Set(['x']) } })),
    ).toEqual(['m2']);
  });

  it('puts what the caller prefers first, whatever the order', () => {
    expect(order(judged({ features: { hints: { prefer: ['nobody', 'p2/m2'] } } }))).toEqual(['m2', 'm1']);
  });
});

/** Several models with made-up prices and health, and the targets that lead to them. */
const worldOf = (count: number, weights: readonly number[], priorities: readonly number[] = []) => {
  const models = Array.from({ length: count }, (_, i) =>
    model({
      id: `model-${i}`,
      prices: [{ id: 'x', effectiveFrom: 0, tiers: [], buckets: { input: BigInt(i % 3), output: 1n } }],
    }),
  );
  const targets = models.map(({ id }, i) =>
    target({ modelId: id, weight: weights[i % weights.length] ?? 1, priority: priorities[i % priorities.length] ?? 0 }),
  );
  const health = { totalMs: (_: string, id: string) => Number(id.at(-1)) % 2, failureRate: () => 0.1 };
  return { snapshot: snapshotOf(models), targets, views: views({ health }) };
};

const strategies = STRATEGIES.filter((name) => name !== 'priority' && name !== 'round_robin');

describe('the strategies', () => {
  const firsts = (entry: Partial<RoutingEntry>, weights: readonly number[], calls: number): Map<string, number> => {
    const { snapshot, targets, views: seen } = worldOf(weights.length, weights);
    const counts = new Map<string, number>();
    for (let call = 0; call < calls; call++) {
      const features = asked({ seed: call, turn: call, headers: { 'x-session': `s-${call}` } });
      const [first = ''] = order(plan(snapshot, profile(targets, { routing: routing(entry) }), features, seen));
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    return counts;
  };

  it('choose the same whatever the order in which targets of a priority are given', () => {
    const property = fc.property(
      fc.constantFrom(...strategies),
      fc.nat(),
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 8 }),
      fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }),
      (strategy, seed, weights, shuffle) => {
        const { snapshot, targets, views: seen } = worldOf(weights.length, weights);
        const shuffled = shuffle.map((index) => targets[index]).filter((each) => each !== undefined);
        const orders = [targets, shuffled].map((given) =>
          order(plan(snapshot, profile(given, { routing: routing({ strategy }) }), asked({ seed }), seen)),
        );
        expect(orders[0]).toEqual(orders[1]);
      },
    );
    fc.assert(property);
  });

  it('keep every target that may answer, and never put a lower priority first', () => {
    const property = fc.property(
      fc.constantFrom(...STRATEGIES),
      fc.nat(),
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.nat(3), { minLength: 1 }),
      (strategy, seed, count, priorities) => {
        const { snapshot, targets, views: seen } = worldOf(count, [0, 1, 5], priorities);
        const sorted = targets.toSorted((a, b) => a.priority - b.priority);
        const planned = plan(
          snapshot,
          profile(sorted, { routing: routing({ strategy }) }),
          asked({ seed, turn: seed }),
          seen,
        );
        expect(planned.candidates.map((each) => each.target.priority)).toEqual(sorted.map((each) => each.priority));
        expect(new Set(order(planned))).toEqual(new Set(targets.map(({ modelId }) => modelId)));
      },
    );
    fc.assert(property);
  });

  it('share calls in proportion to weights, and give weight 0 nothing', () => {
    const counts = firsts({ strategy: 'weighted' }, [1, 3, 6, 0], 10_000);
    expect(counts.get('model-0')).toBeGreaterThan(850);
    expect(counts.get('model-0')).toBeLessThan(1150);
    expect(counts.get('model-1')).toBeGreaterThan(2800);
    expect(counts.get('model-1')).toBeLessThan(3200);
    expect(counts.get('model-3')).toBeUndefined();
  });

  it('take turns exactly by weight, round after round', () => {
    expect(firsts({ strategy: 'round_robin' }, [1, 3, 6], 20)).toEqual(
      new Map([
        ['model-0', 2],
        ['model-1', 6],
        ['model-2', 12],
      ]),
    );
    expect(firsts({ strategy: 'round_robin' }, [1, 1, 1, 1], 4).size).toBe(4);
  });

  it('settle ties by the seed', () => {
    expect(firsts({ strategy: 'least_loaded' }, [1, 1, 1], 300).size).toBe(3);
  });

  it('stick to one target by key, share keys by weight, and move only the keys that a new target takes', () => {
    const stickiness = { by: 'header', key: 'x-session', salt: 'a' } as const;
    const before = worldOf(3, [1, 2, 1]);
    const after = worldOf(4, [1, 2, 1, 1]);
    const choose = ({ snapshot, targets, views: seen }: typeof before, key: number, seed: number, salt = 'a') => {
      const entry = routing({ strategy: 'fastest', stickiness: { ...stickiness, salt } });
      const features = asked({ seed, headers: { 'x-session': `s-${key}` } });
      return order(plan(snapshot, profile(targets, { routing: entry }), features, seen))[0];
    };
    let moved = 0;
    let salted = 0;
    for (let key = 0; key < 2000; key++) {
      const first = choose(before, key, key);
      expect(choose(before, key, key + 1)).toBe(first);
      const now = choose(after, key, key);
      if (now !== first) {
        moved++;
        expect(now).toBe('model-3');
      }
      if (choose(before, key, key, 'b') !== first) salted++;
    }
    expect(moved / 2000).toBeGreaterThan(0.15);
    expect(moved / 2000).toBeLessThan(0.25);
    expect(salted).toBeGreaterThan(800);
  });

  it('follow the seed where the key is missing', () => {
    const stickiness = { by: 'metadata', key: 'user', salt: '' } as const;
    expect(firsts({ strategy: 'weighted', stickiness }, [1, 1], 100).size).toBe(2);
  });

  it('prefer what is idle, what is quick for the calls it has, and what is cheap', () => {
    const models = [model({ id: 'a' }), model({ id: 'b' })];
    const both = models.map(({ id }) => target({ modelId: id }));
    const price = (micros: bigint) => [
      { id: 'x', effectiveFrom: 0, tiers: [], buckets: { input: micros, output: 0n } },
    ];
    const first = (strategy: RoutingEntry['strategy'], seen: Partial<Views['health']>, prices = [1n, 1n]) => {
      const priced = models.map((each, i) => ({ ...each, prices: price(prices[i] ?? 0n) }));
      const entry = profile(both, { routing: routing({ strategy }) });
      return order(plan(snapshotOf(priced), entry, asked({ inputTokens: 100 }), views({ health: seen })))[0];
    };
    const of = (a: number, b: number) => (_: string, id: string) => (id === 'a' ? a : b);
    expect(first('least_loaded', { inFlight: of(2, 1) })).toBe('b');
    expect(first('fastest', { totalMs: of(100, 150) })).toBe('a');
    expect(first('fastest', { totalMs: of(100, 150), inFlight: of(2, 0) })).toBe('b');
    expect(first('cheapest', {}, [5n, 4n])).toBe('b');
  });

  it('share calls by what was learned, keep all targets known, and can be switched back to weights', () => {
    const { snapshot, targets } = worldOf(3, [1, 0, 0]);
    const shares: Record<string, number> = { 'model-0': 0, 'model-1': 0.25, 'model-2': 0.75 };
    const arms = { shareOf: (_: string, id: string, size: string) => (size === 'small' ? shares[id] : undefined) };
    const firstsOf = (entry: Partial<RoutingEntry>, inputTokens: number) => {
      const counts = [0, 0, 0];
      for (let seed = 0; seed < 10_000; seed++) {
        const led = profile(targets, { routing: routing({ strategy: 'thompson', exploration: 0.3, ...entry }) });
        const { candidates } = plan(snapshot, led, asked({ seed, inputTokens }), views({ arms }));
        const [first] = candidates;
        counts[Number(first?.model.id.at(-1))]! += 1 / (first?.rank?.propensity ?? 0) / 10_000;
      }
      return counts;
    };
    // Each call counts by its inverse propensity, so every target that has a chance comes to 1.
    for (const count of firstsOf({}, 999)) expect(count).toBeCloseTo(1, 1);
    for (const count of firstsOf({}, 1000)) expect(count).toBeCloseTo(1, 1);
    expect(firstsOf({ isFixed: true }, 999).map(Math.round)).toEqual([1, 0, 0]);
  });

  it('score as TokenHub did', () => {
    const models = ['a', 'b'].map((id, i) =>
      model({
        id,
        prices: [
          { id, effectiveFrom: 0, tiers: [], buckets: { request: [10_000n, 2000n][i] ?? 0n, input: 0n, output: 0n } },
        ],
      }),
    );
    const targets = [target({ modelId: 'a', weight: 8 }), target({ modelId: 'b', weight: 5 })];
    const health = {
      totalMs: (_: string, id: string) => (id === 'a' ? 500 : 1000),
      failureRate: (_: string, id: string) => (id === 'a' ? 0 : 0.1),
    };
    const score = (mode: RoutingEntry['mode']) => {
      const entry = profile(targets, { routing: routing({ strategy: 'scored', mode }) });
      const { candidates } = plan(snapshotOf(models), entry, asked(), views({ health }));
      return candidates.map(({ model: { id }, rank }) => [id, Number(rank?.score.toFixed(4))]);
    };
    expect(score('cheap')).toEqual([
      ['b', 0.2775],
      ['a', 0.65],
    ]);
    expect(score('high_confidence')).toEqual([
      ['a', -0.6],
      ['b', -0.1775],
    ]);
  });
});

describe('conditions', () => {
  const meets = (condition: Condition, features: Partial<GivenFeatures>): boolean =>
    judged({ target: { conditions: condition }, features }).rejected.length === 0;
  const at = (text: string) => ({ atMs: Date.parse(text) });

  it.each<[string, Condition, Partial<GivenFeatures>, boolean]>([
    ['long prompts', { when: 'input_tokens', min: 1000 }, { inputTokens: 1000 }, true],
    ['short prompts', { when: 'input_tokens', max: 999 }, { inputTokens: 1000 }, false],
    ['few messages', { when: 'messages', max: 3 }, { messages: 3 }, true],
    ['no tools', { when: 'tools', is: false }, { hasTools: true }, false],
    ['a format', { when: 'response_format', in: ['json_schema'] }, { responseFormat: 'json_schema' }, true],
    ['a header', { when: 'header', key: 'x-tier', in: ['gold'] }, { headers: { 'x-tier': 'gold' } }, true],
    ['no header', { when: 'header', key: 'x-tier', isPresent: false }, { headers: { 'x-tier': 'gold' } }, false],
    ['metadata', { when: 'metadata', key: 'team', in: ['search'] }, { metadata: { team: 'ads' } }, false],
    ['a token by name', { when: 'token', in: ['batch'] }, { tokenId: 'x', tokenName: 'batch' }, true],
    [
      'all of two',
      {
        all: [
          { when: 'tools', is: true },
          { when: 'images', is: true },
        ],
      },
      { hasTools: true },
      false,
    ],
    [
      'any of two',
      {
        any: [
          { when: 'tools', is: true },
          { when: 'images', is: true },
        ],
      },
      { hasTools: true },
      true,
    ],
  ])('tell %s', (_, condition, features, isMet) => {
    expect(meets(condition, features)).toBe(isMet);
  });

  it('know the time of day where the operator is, over midnight and over summer time', () => {
    const night = { when: 'time', from: '22:00', to: '06:00', timeZone: 'Europe/Berlin', days: ['fri'] } as const;
    expect(meets(night, at('2026-01-09T21:00:00Z'))).toBe(true); // Friday, 22:00
    expect(meets(night, at('2026-01-10T04:59:00Z'))).toBe(true); // Saturday, 05:59, of the night that began on Friday
    expect(meets(night, at('2026-01-10T05:00:00Z'))).toBe(false);
    expect(meets(night, at('2026-01-09T04:00:00Z'))).toBe(false); // the night of Thursday
    expect(meets({ ...night, from: '12:00', to: '13:00' }, at('2026-07-10T10:30:00Z'))).toBe(true);
  });
});
