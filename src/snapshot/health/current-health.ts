import type { CircuitState, HealthView } from '../health-view.js';
import { RetryBudget } from './retry-budget.js';
import { TargetHealth, type HealthChange } from './target-health.js';

/** The health of every target that this process has called or heard of. */
export class CurrentHealth implements HealthView {
  private readonly targets = new Map<string, TargetHealth>();
  private readonly budgets = new Map<string, RetryBudget>();
  private changeCount = 0;
  private readonly listeners = new Set<(change: HealthChange) => void>();

  /** The record of a target, to be written to by who calls it. A model has one provider, so its id says both. */
  target(providerId: string, modelId: string): TargetHealth {
    const known = this.targets.get(modelId);
    if (known?.providerId === providerId) return known;
    const fresh = new TargetHealth(providerId, modelId, { announce: this.announce, budget: this.budgetOf(providerId) });
    this.targets.set(modelId, fresh);
    return fresh;
  }

  stateOf(_providerId: string, modelId: string): CircuitState {
    return this.targets.get(modelId)?.state ?? 'closed';
  }

  ttftMs(_providerId: string, modelId: string): number | undefined {
    return this.targets.get(modelId)?.ttft.value;
  }

  totalMs(_providerId: string, modelId: string): number | undefined {
    return this.targets.get(modelId)?.total.value;
  }

  failureRate(_providerId: string, modelId: string): number {
    return this.targets.get(modelId)?.failureRate ?? 0;
  }

  inFlight(_providerId: string, modelId: string): number {
    return this.targets.get(modelId)?.inFlight ?? 0;
  }

  /** Changes of state that this process saw itself. */
  get changes(): number {
    return this.changeCount;
  }

  /** Retries that were not made for want of budget. */
  get retriesRefused(): number {
    let sum = 0;
    for (const { refused } of this.budgets.values()) sum += refused;
    return sum;
  }

  /** Everything that is known, for who shares, lists or counts it. */
  all(): IterableIterator<TargetHealth> {
    return this.targets.values();
  }

  /** Forgets a target that is no longer configured. */
  forget(modelId: string): void {
    this.targets.delete(modelId);
  }

  /** Calls `listener` on every change of state that this process saw itself. */
  onChange(listener: (change: HealthChange) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private budgetOf(providerId: string): RetryBudget {
    const known = this.budgets.get(providerId);
    if (known) return known;
    const budget = new RetryBudget();
    this.budgets.set(providerId, budget);
    return budget;
  }

  private readonly announce = (change: HealthChange): void => {
    this.changeCount++;
    for (const listener of this.listeners) listener(change);
  };
}
