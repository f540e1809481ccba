import type { Dispatcher } from 'undici';
import type { ProviderEntry, ProviderTimeouts } from '../../snapshot/snapshot.js';
import type { Endpoint, Endpoints } from './endpoint-book.js';
import { Exchange } from './exchange.js';

/**
 * A call of a provider with several servers. One that can't be reached is passed over for the next: nothing of the call
 * was sent to it, so nothing is done twice.
 */
export class SpreadExchange extends Exchange {
  private readonly tried = new Set<Endpoint>();
  private endpoint: Endpoint | undefined;

  constructor(
    times: ProviderTimeouts,
    totalMs: number | undefined,
    private readonly endpoints: Endpoints,
    private readonly dispatch: (provider: ProviderEntry) => void,
  ) {
    super(times, totalMs);
  }

  /** Sends it to the server with the least to do; `false` when none is left to try. */
  begin(): boolean {
    const endpoint = this.endpoints.choose(this.tried);
    if (!endpoint) return false;
    this.tried.add(endpoint);
    this.endpoint = endpoint;
    endpoint.inFlight++;
    this.dispatch(endpoint.provider);
    return true;
  }

  override onResponseEnd(): void {
    this.release();
    super.onResponseEnd();
  }

  override onResponseError(controller: Dispatcher.DispatchController | undefined, cause: Error): void {
    const { endpoint } = this;
    this.release();
    const wasReached = this.controller !== undefined || this.isOver;
    if (!wasReached && endpoint) this.endpoints.fail(endpoint);
    if (wasReached || !this.begin()) super.onResponseError(controller, cause);
  }

  private release(): void {
    if (this.endpoint) this.endpoint.inFlight--;
    this.endpoint = undefined;
  }
}
