import { NOTHING_LEARNED } from '../../src/snapshot/arm-view.js';
import { NO_ALLOWANCES } from '../../src/snapshot/allowance-view.js';
import { emptySnapshot } from '../../src/snapshot/current-snapshot.js';
import { EntryMap } from '../../src/snapshot/entry-map.js';
import { NOTHING_SEEN } from '../../src/snapshot/health-view.js';
import type { RoutingEntry } from '../../src/snapshot/routing-entry.js';
import type { ModelEntry, ProfileEntry, ProviderEntry, Snapshot, TargetEntry } from '../../src/snapshot/snapshot.js';
import { givenFeatures, type GivenFeatures, type RequestFeatures } from '../../src/routing/features.js';
import type { Views } from '../../src/routing/filters.js';

/** A target of the model `m1`. */
export const target = (changes: Partial<TargetEntry> = {}): TargetEntry => ({
  id: `t-${changes.modelId ?? 'm1'}`,
  modelId: 'm1',
  weight: 1,
  priority: 0,
  isEnabled: true,
  conditions: null,
  ...changes,
});

/** The model `m1` of the provider `p1`. */
export const model = (changes: Partial<ModelEntry> = {}): ModelEntry => ({
  id: 'm1',
  providerId: 'p1',
  name: changes.id ?? 'm1',
  upstreamId: `up-${changes.id ?? 'm1'}`,
  operation: 'chat',
  capabilities: new Set(),
  contextWindow: null,
  maxOutput: null,
  defaults: null,
  isEnabled: true,
  weight: 1,
  prices: [],
  ...changes,
});

/** The provider `p1`. */
export const provider = (changes: Partial<ProviderEntry> = {}): ProviderEntry =>
  ({ id: 'p1', name: changes.id ?? 'p1', isEnabled: true, needsCredential: false, ...changes }) as ProviderEntry;

/** A profile with these targets. */
export const profile = (targets: readonly TargetEntry[], changes: Partial<ProfileEntry> = {}): ProfileEntry =>
  ({ id: 'profile', isEnabled: true, operation: 'chat', targets, routing: null, ...changes }) as ProfileEntry;

/** How a profile chooses. */
export const routing = (changes: Partial<RoutingEntry>): RoutingEntry => ({
  strategy: 'priority',
  mode: 'normal',
  modes: {},
  stickiness: null,
  exploration: 0.05,
  isFixed: false,
  ...changes,
});

/** A configuration of these models and providers. */
export function snapshotOf(models: readonly ModelEntry[], providers = [provider()]): Snapshot {
  return {
    ...emptySnapshot(),
    models: EntryMap.of(models.map((entry) => [entry.id, entry])),
    providers: EntryMap.of(providers.map((entry) => [entry.id, entry])),
  };
}

/** A chat call. */
export const asked = (changes: Partial<GivenFeatures> = {}): RequestFeatures =>
  givenFeatures({ operation: 'chat', seed: 1, atMs: 0, ...changes });

/** Everything works and nothing was measured. */
export const views = (changes: { [K in keyof Views]?: Partial<Views[K]> } = {}): Views => ({
  health: { ...NOTHING_SEEN, ...changes.health },
  allowances: { ...NO_ALLOWANCES, ...changes.allowances },
  credentials: { kindOf: () => 'present', ...changes.credentials },
  arms: { ...NOTHING_LEARNED, ...changes.arms },
});
