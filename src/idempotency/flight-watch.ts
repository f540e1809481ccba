type Listener = () => void;

/** Wakes those that wait for a flight of any process to land. */
export class FlightWatch {
  private readonly listeners = new Map<string, Set<Listener>>();

  /** Resolves once the flight has landed as far as we heard, after `ms`, or when `signal` is aborted. */
  async wait(flightId: string, ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    const stop = (): void => resolve();
    signal.addEventListener('abort', stop);
    const others = this.listeners.get(flightId) ?? new Set();
    this.listeners.set(flightId, others.add(resolve));
    await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    others.delete(resolve);
    if (others.size === 0 && this.listeners.get(flightId) === others) this.listeners.delete(flightId);
  }

  /** Says that a flight has landed. */
  tell(flightId: string): void {
    for (const listener of this.listeners.get(flightId) ?? []) listener();
  }
}
