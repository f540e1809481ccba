import type { CurrentHealth } from '../../snapshot/health/current-health.js';
import type { Step } from './attempt.js';
import type { Call } from './call.js';
import { CallFailure } from './call-failure.js';
import { cutTrouble } from '../upstream/failures.js';
import { admittedStep, toldToWait } from './first-step.js';
import { TargetQueue } from './target-queue.js';

/** Calls that wait for a moment, since none of their targets has room for them; tokens take turns. */
export class TargetTurns {
  private readonly queue = new TargetQueue();

  constructor(private readonly health: CurrentHealth) {}

  /** Resolves once a target takes the call. Rejects with a `CallFailure` when none does in time. */
  async wait(call: Call): Promise<Step> {
    let step: Step | undefined;
    const tryToEnter = (): boolean => (step = admittedStep(call, this.health, Date.now())) !== undefined;
    const isGone = (): boolean => call.cut !== undefined;
    await this.queue.wait({ tokenId: call.token?.id ?? '', tryToEnter, isGone });
    if (call.cut) throw new CallFailure(cutTrouble(call.candidates[0]?.provider.name ?? '', call.cut));
    if (!step) throw toldToWait(call, this.health, Date.now());
    return step;
  }
}
