import { NO_ALLOWANCES, type AllowanceView } from './allowance-view.js';
import { NOTHING_LEARNED, type ArmView } from './arm-view.js';
import type { CurrentCredentials } from './current-credentials.js';
import type { CurrentHealth } from './health/current-health.js';
import { CurrentLoads } from './provider-loads.js';

/** What this process knows of the world beside the configuration, together: the relay and simulate plan with it. */
export class CurrentViews {
  /** Set by who counts allowances; until then nothing is used up. */
  allowances: AllowanceView = NO_ALLOWANCES;

  /** Replaced by who learns. */
  arms: ArmView = NOTHING_LEARNED;

  /** What servers told of their work. */
  readonly loads = new CurrentLoads();

  constructor(
    readonly health: CurrentHealth,
    readonly credentials: CurrentCredentials,
  ) {}
}
