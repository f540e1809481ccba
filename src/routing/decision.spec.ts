import { asked, model, profile, provider, routing, snapshotOf, target, views } from '../../test/support/planning.js';
import type { RoutingEntry } from '../snapshot/routing-entry.js';
import type { TargetEntry } from '../snapshot/snapshot.js';
import { BodyFeatures } from './body-features.js';
import { decisionOf } from './decision.js';
import type { Hints } from './features.js';
import { givenBody } from './given-body.js';
import { plan } from './planner.js';

/** A call with this body, whose id ends in 7. */
class TestFeatures extends BodyFeatures {
  readonly operation = 'chat';
  readonly seed = 7;
  readonly atMs = 0;
  readonly isStreamed = false;
  protected readonly body = givenBody({ messages: [{ role: 'user', content: 'Hi' }], tools: [{}] });
  protected readonly token = { id: 'token', name: 'a "name"', metadata: {} };

  constructor(readonly hints: Hints | null = null) {
    super();
  }

  protected readHeader(name: string): string {
    return `${name}, "quoted"`;
  }

  protected nextTurn(): number {
    return 3;
  }
}

const models = [
  model({ prices: [{ id: 'x', effectiveFrom: 0, tiers: [], buckets: { input: 1n, output: 1n } }] }),
  model({ id: 'm2' }),
];
const snapshot = snapshotOf(models, [provider()]);

function kept(
  entry: Partial<RoutingEntry> | null,
  targets: readonly TargetEntry[],
  hints: Hints | null = null,
): unknown {
  const features = new TestFeatures(hints);
  const planned = plan(snapshot, profile(targets, { routing: entry && routing(entry) }), features, views());
  return JSON.parse(decisionOf(planned, features, snapshot).text);
}

const both = [target({ weight: 1 }), target({ modelId: 'm2', weight: 3 })];

describe(decisionOf, () => {
  it('tells the order that weights gave, and what chance each had to go first', () => {
    const { candidates } = plan(
      snapshot,
      profile(both, { routing: routing({ strategy: 'weighted' }) }),
      asked({ seed: 7 }),
      views(),
    );
    expect(kept({ strategy: 'weighted' }, both)).toEqual({
      strategy: 'weighted',
      revision: snapshot.revision,
      seed: 7,
      features: { isStreamed: false },
      candidates: candidates.map(({ model: { id }, rank, target: { weight } }) => ({
        model: id,
        score: Number(rank?.score?.toFixed(8)), // all that is kept
        terms: { weight },
        propensity: weight / 4,
      })),
    });
  });

  it.each([
    ['one of usual size to eight places', -0.123456789123, -0.12345679],
    ['a small one with all its digits', 1.23456789123e-6, 1.23456789123e-6],
    ['a large one with all its digits', 123456.789123456, 123456.789123456],
    ['nothing', 0, 0],
  ])('keeps a score: %s', (_, score, expected) => {
    const planned = plan(snapshot, profile(both, { routing: routing({ strategy: 'weighted' }) }), asked(), views());
    const candidates = planned.candidates.map((each) => ({ ...each, rank: each.rank && { ...each.rank, score } }));
    const { text } = decisionOf({ ...planned, candidates }, new TestFeatures(), snapshot);
    expect((JSON.parse(text) as { candidates: unknown[] }).candidates).toMatchObject([
      { score: expected },
      { score: expected },
    ]);
  });

  it('gives the chances anew when there are other targets', () => {
    const chances = (targets: readonly TargetEntry[]) =>
      (kept({ strategy: 'weighted' }, targets) as { candidates: { model: string; propensity: number }[] }).candidates
        .map(({ model: id, propensity }) => [id, propensity])
        .toSorted();
    expect(chances(both)).toEqual([
      ['m1', 0.25],
      ['m2', 0.75],
    ]);
    expect(chances([both[0]!, { ...both[1]!, isEnabled: false }])).toEqual([['m1', 1]]);
    expect(chances([both[0]!, { ...both[1]!, weight: 1 }])).toEqual([
      ['m1', 0.5],
      ['m2', 0.5],
    ]);
  });

  it('tells what was known of a target, and null of a score without end', () => {
    expect(kept({ strategy: 'cheapest' }, both)).toMatchObject({
      features: { isStreamed: false, maxOutput: null, inputTokens: 9 },
      candidates: [
        { model: 'm1', score: 521, terms: { costPicos: 521 } },
        { model: 'm2', score: null, terms: {} },
      ],
    });
    expect(kept({ strategy: 'least_loaded' }, both)).toMatchObject({
      candidates: [{ seen: { inFlight: 0 } }, { seen: { inFlight: 0 } }],
    });
  });

  it('tells what the plan read of the call, whatever is in it', () => {
    const when = { when: 'header', key: 'x-kind', isPresent: true } as const;
    const stickiness = { by: 'token', key: null, salt: 's' } as const;
    const conditional = [target({ conditions: when }), target({ modelId: 'm2', isEnabled: false })];
    expect(kept({ strategy: 'weighted', stickiness }, conditional, { mode: 'cheap' })).toMatchObject({
      strategy: 'scored',
      stickySeed: expect.any(Number),
      features: { headers: { 'x-kind': 'x-kind, "quoted"' }, tokenId: 'token', hints: { mode: 'cheap' } },
      candidates: [{ model: 'm1' }],
      rejected: [{ model: 'm2', reason: 'target_disabled' }],
    });
  });

  it('needs no strategy', () => {
    expect(kept(null, both)).toMatchObject({ strategy: 'priority', candidates: [{ model: 'm1' }, { model: 'm2' }] });
  });
});
