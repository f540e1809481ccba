import type { PendingResponseRecord } from '../../journal/pending-response-record.js';
import { findDriver } from '../../providers/drivers/registry.js';
import { signerOf } from '../../providers/drivers/signer.js';
import type { CurrentCredentials } from '../../snapshot/current-credentials.js';
import type { CurrentSnapshot } from '../../snapshot/current-snapshot.js';
import type { ProviderEntry } from '../../snapshot/snapshot.js';
import { pathBelow } from '../path-below.js';
import type { InFlight } from '../client/in-flight.js';
import { collect, type CollectLimits } from '../upstream/collect.js';
import { isFailure } from '../upstream/exchange.js';
import { requestHeaders } from '../upstream/request-headers.js';
import type { UpstreamClient } from '../upstream/upstream.client.js';

/** One that is slow to tell keeps others waiting. */
const LONGEST_MS = 10_000;

/** What a provider says when it is asked for a response. */
export type Shown =
  | { readonly kind: 'shown'; readonly body: Buffer }
  /** It has none of that id, or it is gone itself. */
  | { readonly kind: 'missing' }
  /** Nobody can tell now. */
  | { readonly kind: 'unknown' };

const UNKNOWN: Shown = { kind: 'unknown' };
const MISSING: Shown = { kind: 'missing' };

export interface DeskParts {
  readonly snapshot: CurrentSnapshot;
  readonly credentials: CurrentCredentials;
  readonly upstream: UpstreamClient;
  readonly inFlight: InFlight;
  readonly limits: CollectLimits;
}

/** Asks providers for responses on the gateway's own account: with the provider's credential, and for nobody's call. */
export class ProviderDesk {
  constructor(private readonly parts: DeskParts) {}

  /** Never rejects. */
  show(response: PendingResponseRecord): Promise<Shown> {
    return this.ask(response, 'GET', '');
  }

  /** Has the provider stop making it. Never rejects. */
  cancel(response: PendingResponseRecord): Promise<Shown> {
    return this.ask(response, 'POST', '/cancel');
  }

  private async ask(response: PendingResponseRecord, method: 'GET' | 'POST', below: string): Promise<Shown> {
    const provider = this.parts.snapshot.get().providers.get(response.provider_id);
    if (!provider) return MISSING;
    const exchange = provider.isEnabled ? this.send(response, provider, { method, below }) : undefined;
    if (!exchange) return UNKNOWN;
    const head = await exchange.head;
    if (isFailure(head)) return UNKNOWN;
    const { inFlight, limits } = this.parts;
    const body = await collect(exchange, limits, inFlight);
    if (!Buffer.isBuffer(body)) return UNKNOWN;
    inFlight.release(body.length);
    if (head.status === 404) return MISSING;
    return head.status === 200 ? { kind: 'shown', body } : UNKNOWN;
  }

  private send(
    { id, attempt }: PendingResponseRecord,
    provider: ProviderEntry,
    { method, below }: { readonly method: 'GET' | 'POST'; readonly below: string },
  ) {
    const driver = findDriver(provider.driver);
    const credential = provider.needsCredential ? this.parts.credentials.peek(provider.id) : undefined;
    if (!driver || (credential && credential.kind !== 'present')) return undefined;
    const authorization = credential ? driver.authorize(credential.value) : {};
    const { 'content-type': _, ...headers } = requestHeaders({
      client: {},
      provider,
      driver,
      isTranslated: false,
      contentType: 'application/json',
      authorization,
      traceparent: undefined,
    });
    return this.parts.upstream.send({
      provider,
      method,
      path: pathBelow(
        driver.path('responses', attempt.upstream_model, false, provider),
        `/${encodeURIComponent(id)}${below}`,
      ),
      headers,
      body: [],
      totalMs: Math.min(LONGEST_MS, provider.timeouts.totalMs),
      sign: credential && signerOf(driver, credential.value),
    });
  }
}
