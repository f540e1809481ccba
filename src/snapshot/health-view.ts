/** How a model of a provider does: `open` takes no calls, `half_open` takes one to see. */
export type CircuitState = 'closed' | 'degraded' | 'open' | 'half_open';

/** What this process knows of how models do. It is read for every plan, so it answers at once and from memory. */
export interface HealthView {
  stateOf(providerId: string, modelId: string): CircuitState;
  /** Average milliseconds to the first byte of a stream; `undefined` when nothing was measured lately. */
  ttftMs(providerId: string, modelId: string): number | undefined;
  /** Average milliseconds to the end of an answer; `undefined` when nothing was measured lately. */
  totalMs(providerId: string, modelId: string): number | undefined;
  /** The share of calls that the provider failed lately: 0 to 1. */
  failureRate(providerId: string, modelId: string): number;
  /** Calls of this process that are under way or waiting for the model. */
  inFlight(providerId: string, modelId: string): number;
}

/** The view of somebody who has seen nothing yet: all is well. */
export const NOTHING_SEEN: HealthView = {
  stateOf: () => 'closed',
  ttftMs: () => undefined,
  totalMs: () => undefined,
  failureRate: () => 0,
  inFlight: () => 0,
};
