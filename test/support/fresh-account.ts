import { expect, vi } from 'vitest';
import type { Account } from '../../src/simulator/account.js';

/** Empties a simulator's account once all its calls have ended: one that a test before has left would end in it later. */
export async function freshAccount(stats: Account): Promise<void> {
  await vi.waitFor(() => expect(stats.totals().open).toBe(0));
  stats.reset();
}
