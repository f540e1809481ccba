import { SIZES, type ArmView, type Size } from '../../snapshot/arm-view.js';
import type { ProfileEntry } from '../../snapshot/snapshot.js';
import { randomFrom, sharesOf, type Posterior } from './posterior.js';

/** A row of what is believed of an arm. */
export interface ArmRow {
  readonly profile_id: string;
  readonly model_id: string;
  readonly size: Size;
  readonly alpha: number;
  readonly beta: number;
}

/** Nothing is known of it: any reward is as likely as any other. */
const UNKNOWN: Posterior = { alpha: 1, beta: 1 };
/** All processes draw the same numbers, so they come to the same shares. */
const SEED = 1933;

/** The shares of all targets of these profiles, by what is believed of them. */
export function learnedShares(profiles: readonly ProfileEntry[], rows: readonly ArmRow[]): ArmView {
  const known = new Map(rows.map((row) => [keyOf(row.profile_id, row.model_id, row.size), row]));
  const shares = new Map<string, number>();
  for (const { id, targets } of profiles) {
    const models = targets.filter(({ isEnabled }) => isEnabled).map(({ modelId }) => modelId);
    for (const size of SIZES) {
      const arms = models.map((modelId) => known.get(keyOf(id, modelId, size)));
      if (arms.every((arm) => arm === undefined)) continue;
      const found = sharesOf(
        arms.map((arm) => arm ?? UNKNOWN),
        randomFrom(SEED),
      );
      for (const [index, modelId] of models.entries()) shares.set(keyOf(id, modelId, size), found[index] ?? 0);
    }
  }
  return { shareOf: (profileId, modelId, size) => shares.get(keyOf(profileId, modelId, size)) };
}

function keyOf(profileId: string, modelId: string, size: string): string {
  return `${profileId}/${modelId}/${size}`;
}
