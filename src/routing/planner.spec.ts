import { EntryMap } from '../snapshot/entry-map.js';
import { emptySnapshot } from '../snapshot/current-snapshot.js';
import type { ModelEntry, ProfileEntry, ProviderEntry, Snapshot, TargetEntry } from '../snapshot/snapshot.js';
import { plan, type RejectionReason } from './planner.js';

const target = (changes: Partial<TargetEntry> = {}): TargetEntry => ({
  id: 't1',
  modelId: 'm1',
  weight: 1,
  priority: 0,
  isEnabled: true,
  ...changes,
});
const model = { id: 'm1', providerId: 'p1', operation: 'chat', isEnabled: true } as ModelEntry;
const provider = { id: 'p1', isEnabled: true } as ProviderEntry;
const profile = { id: 'profile', isEnabled: true, targets: [target()] } as unknown as ProfileEntry;

function snapshotOf(models: readonly ModelEntry[], providers: readonly ProviderEntry[]): Snapshot {
  return {
    ...emptySnapshot(),
    models: EntryMap.of(models.map((entry) => [entry.id, entry])),
    providers: EntryMap.of(providers.map((entry) => [entry.id, entry])),
  };
}

describe(plan, () => {
  it('offers enabled targets in the order of the profile', () => {
    const second = { ...model, id: 'm2' };
    const two = { ...profile, targets: [target(), target({ id: 't2', modelId: 'm2' })] };
    const { candidates, rejected } = plan(snapshotOf([model, second], [provider]), two, { operation: 'chat' });
    expect(candidates.map((candidate) => [candidate.target.id, candidate.model.id])).toEqual([
      ['t1', 'm1'],
      ['t2', 'm2'],
    ]);
    expect(rejected).toEqual([]);
  });

  it.each<[RejectionReason, Partial<Record<'profile' | 'target' | 'model' | 'provider', object | null>>]>([
    ['profile_disabled', { profile: { isEnabled: false } }],
    ['target_disabled', { target: { isEnabled: false } }],
    ['model_missing', { model: null }],
    ['model_disabled', { model: { isEnabled: false } }],
    ['operation_mismatch', { model: { operation: 'embeddings' } }],
    ['provider_missing', { provider: null }],
    ['provider_disabled', { provider: { isEnabled: false } }],
  ])('rejects a target with the reason %s', (reason, changes) => {
    const models = changes.model === null ? [] : [{ ...model, ...changes.model }];
    const providers = changes.provider === null ? [] : [{ ...provider, ...changes.provider }];
    const asked = { ...profile, ...changes.profile, targets: [target(changes.target ?? {})] };
    expect(plan(snapshotOf(models, providers), asked, { operation: 'chat' })).toEqual({
      candidates: [],
      rejected: [{ targetId: 't1', modelId: 'm1', reason }],
    });
  });

  it('lets a chat model answer responses and legacy completions', () => {
    for (const operation of ['responses', 'completion'] as const) {
      expect(plan(snapshotOf([model], [provider]), profile, { operation }).candidates).toHaveLength(1);
    }
  });
});
