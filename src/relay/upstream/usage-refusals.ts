const MAX_REMEMBERED = 1000;

/**
 * Remembers which upstream models refuse `stream_options.include_usage`, so that only the first call finds out. It
 * forgets the oldest beyond a bound, and everything at a restart.
 */
export class UsageRefusals {
  private readonly known = new Map<string, 'accepts' | 'refuses'>();

  /** Whether to ask this model for the usage of its streams. */
  mayAsk(modelId: string): boolean {
    return this.known.get(modelId) !== 'refuses';
  }

  /** Whether a refused call may have been refused for that field: nobody knows yet, or the answer names it. */
  isSuspect(modelId: string, answer: Buffer): boolean {
    return !this.known.has(modelId) || answer.includes('stream_options') || answer.includes('include_usage');
  }

  remember(modelId: string, manner: 'accepts' | 'refuses'): void {
    if (this.known.get(modelId) === manner) return;
    this.known.set(modelId, manner);
    if (this.known.size > MAX_REMEMBERED) this.known.delete(this.known.keys().next().value!);
  }
}
