import { newId } from '../../common/ids.js';
import { findDriver } from '../../providers/drivers/registry.js';
import type { Driver } from '../../providers/drivers/driver.js';
import type { Candidate } from '../../routing/planner.js';
import type { CurrentCredentials } from '../../snapshot/current-credentials.js';
import type { ProviderEntry } from '../../snapshot/snapshot.js';
import type { InFlight } from '../client/in-flight.js';
import { relayErrors } from '../relay.errors.js';
import { requestHeaders } from '../upstream/request-headers.js';
import type { UpstreamClient } from '../upstream/upstream.client.js';
import type { Answering, Call } from './call.js';
import type { Trouble } from './call-failure.js';

const RETRY_AFTER_SECONDS = 5;

/** What a provider can be called with. */
export interface Access {
  readonly driver: Driver;
  /** The headers that carry the credential; none when it needs none. */
  readonly authorization: Readonly<Record<string, string>>;
}

/** Gets the credential of a provider, or the reason why it can't be called at the moment. */
export function accessTo(provider: ProviderEntry, credentials: CurrentCredentials, model: string): Access | Trouble {
  const driver = findDriver(provider.driver);
  const wait = { retryAfterSeconds: RETRY_AFTER_SECONDS };
  const unavailable = (): Trouble => ({
    outcome: 'rejected',
    error: relayErrors.provider_unavailable({ ...wait, model }),
  });
  if (!driver) return unavailable();
  if (!provider.needsCredential) return { driver, authorization: {} };
  const credential = credentials.use(provider.id);
  if (credential.kind === 'present') return { driver, authorization: driver.authorize(credential.value) };
  return credential.kind === 'locked' ? { outcome: 'rejected', error: relayErrors.vault_locked(wait) } : unavailable();
}

/** How one candidate shall be called. */
export interface AttemptPlan extends Access {
  readonly candidate: Candidate;
  /** Whether to ask for usage that the client did not ask for. */
  readonly includeUsage: boolean;
}

/** Shapes the body for a candidate and sends it. What comes of it is the exchange's to tell. */
export function beginAttempt(call: Call, plan: AttemptPlan, upstream: UpstreamClient, inFlight: InFlight): Answering {
  const { provider, model } = plan.candidate;
  const body = shapedBody(call, plan, inFlight);
  const exchange = upstream.send({
    provider,
    path: call.endpoint.path ?? plan.driver.path(call.operation),
    headers: requestHeaders({
      client: call.request.headers,
      provider,
      contentType: call.body!.contentType,
      authorization: plan.authorization,
      traceparent: call.trace?.child,
    }),
    body,
  });
  if (call.cut) exchange.cut(call.cut);
  return {
    attemptId: newId(),
    provider,
    model,
    exchange,
    startedAt: Date.now(),
    startedMark: performance.now(),
    hidesUsage: plan.includeUsage,
  };
}

function shapedBody(call: Call, { candidate: { model }, includeUsage }: AttemptPlan, inFlight: InFlight): Buffer {
  const { body, profile, operation } = call;
  if (!body || !profile) throw new Error('a call is resolved before it is dispatched');
  const shaped = body.shaped({
    operation,
    model: model.upstreamId,
    includeUsage,
    modelDefaults: model.defaults,
    policy: profile.policy,
  });
  if (shaped !== body.raw) {
    call.heldBytes += shaped.length;
    inFlight.hold(shaped.length);
  }
  return shaped;
}
