import type { AllowanceView } from '../snapshot/allowance-view.js';
import type { CurrentSnapshot } from '../snapshot/current-snapshot.js';
import type { LeaseBook } from './book/lease-book.js';

/** Tells planners which providers and models have nothing left, as far as this worker knows. */
export class UsedUp implements AllowanceView {
  constructor(
    private readonly snapshot: CurrentSnapshot,
    private readonly book: LeaseBook,
  ) {}

  isUsedUp(providerId: string, modelId: string): boolean {
    const { allowances } = this.snapshot.get();
    if (!allowances.limitsTargets) return false;
    return this.isDry(providerId) || this.isDry(modelId);
  }

  /** What limits one project only is that project's calls' to find out. */
  private isDry(id: string): boolean {
    const entries = this.snapshot.get().allowances.of(id);
    if (entries.length === 0) return false;
    const now = Date.now();
    return entries.some((entry) => {
      if (!entry.isHard || entry.projectId !== null) return false;
      const { free, dryUntil } = this.book.counterOf(entry, '', now);
      return free <= 0 && now < dryUntil;
    });
  }
}
