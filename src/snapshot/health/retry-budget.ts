const EARNED_PER_CALL = 0.1;
const MOST = 10;

/**
 * How often calls of one provider may be repeated: each call earns a tenth of a retry, so that an outage is not
 * multiplied. A few are kept for quiet times.
 */
export class RetryBudget {
  private left = MOST;
  private refusals = 0;

  /** Retries that were not made for want of budget. */
  get refused(): number {
    return this.refusals;
  }

  /** A call is made that repeats none. */
  earn(): void {
    if (this.left < MOST) this.left += EARNED_PER_CALL;
  }

  /** Whether a retry may be made; counts it. */
  spend(): boolean {
    if (this.left < 1) {
      this.refusals++;
      return false;
    }
    this.left--;
    return true;
  }
}
