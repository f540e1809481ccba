import { newId } from '../../common/ids.js';
import { findDriver } from '../../providers/drivers/registry.js';
import type { Driver } from '../../providers/drivers/driver.js';
import { signerOf, type Sign } from '../../providers/drivers/signer.js';
import type { Candidate } from '../../routing/planner.js';
import type { AttemptKind } from '../../journal/ledger-record.js';
import type { CurrentCredentials, PresentCredential } from '../../snapshot/current-credentials.js';
import type { TargetHealth } from '../../snapshot/health/target-health.js';
import type { JsonObject, RequestPolicy } from '../../snapshot/snapshot.js';
import type { Maximum } from '../body/renamed.js';
import type { InFlight } from '../client/in-flight.js';
import { pathBelow } from '../path-below.js';
import { relayErrors } from '../relay.errors.js';
import type { Translation } from '../translate/translation.js';
import { requestHeaders } from '../upstream/request-headers.js';
import type { UpstreamClient } from '../upstream/upstream.client.js';
import type { Answering, Call, TranslatedCall } from './call.js';
import type { Trouble } from './call-failure.js';
import { editedBody } from './edited-body.js';
import { laneTo } from './lane.js';
import { refuseDropped, ruledBody } from './ruled-body.js';
import { beginTranslation, translatedBody } from './translated-call.js';

const RETRY_AFTER_SECONDS = 5;
/** The capability of models that answer in streams only. */
const STREAM_ONLY = 'streaming_required';

/** What a provider can be called with. */
export interface Access {
  readonly driver: Driver;
  /** The headers that carry the credential; none when it needs none. */
  readonly authorization: Readonly<Record<string, string>>;
  /** Signs the call, for drivers that want that. */
  readonly sign?: Sign | undefined;
  /** `undefined` when the upstream speaks the client's dialect. */
  readonly translation: Translation | undefined;
}

/** Gets what it takes to call a candidate, or the reason why it can't be called at the moment. */
export function accessTo(call: Call, { candidate, kind }: Step, credentials: CurrentCredentials): Access | Trouble {
  const { provider } = candidate;
  const model = call.requestedModel ?? '';
  const driver = findDriver(provider.driver);
  const wait = { retryAfterSeconds: RETRY_AFTER_SECONDS };
  const unavailable = (): Trouble => ({
    outcome: 'rejected',
    errorClass: 'unavailable',
    error: relayErrors.provider_unavailable({ ...wait, model }),
  });
  if (!driver || call.reservation?.moveTo(candidate, kind === 'hedge') === false) return unavailable();
  const translation = laneTo(call, driver, candidate);
  if (translation && 'outcome' in translation) return translation;
  if (!provider.needsCredential) return { driver, authorization: NO_AUTHORIZATION, translation };
  const credential = credentials.use(provider.id);
  if (credential.kind === 'present') {
    const authorization = authorizationOf(driver, credential);
    return { driver, authorization, sign: signerOf(driver, credential.value), translation };
  }
  if (credential.kind !== 'locked') return unavailable();
  return { outcome: 'rejected', errorClass: 'unavailable', error: relayErrors.vault_locked(wait) };
}

const NO_AUTHORIZATION: Access['authorization'] = {};

/** What each credential gives, for as long as it is held: a call needs nothing of its own. */
const authorizations = new WeakMap<PresentCredential, Pick<Access, 'driver' | 'authorization'>>();

function authorizationOf(driver: Driver, credential: PresentCredential): Access['authorization'] {
  const known = authorizations.get(credential);
  if (known?.driver === driver) return known.authorization; // a provider may have got another driver
  const authorization = driver.authorize(credential.value);
  authorizations.set(credential, { driver, authorization });
  return authorization;
}

/** What the attempt loop does next. */
export interface Step {
  readonly kind: AttemptKind;
  readonly candidate: Candidate;
  readonly health: TargetHealth;
  /** How long to wait before. */
  readonly waitMs: number;
  /** How long it may take in all, when that is less than its provider may. */
  readonly totalMs?: number;
  /** Body members that are replaced, so that prompt and answer fit. */
  readonly clamp?: JsonObject;
  /** Whether the upstream has said that it only streams. */
  readonly folds?: boolean;
}

/** How one candidate shall be called. */
export interface AttemptPlan extends Access {
  readonly step: Step;
  /** Whether to ask for usage that the client did not ask for. */
  readonly includeUsage: boolean;
  /** Whether it is asked for a stream that becomes the one answer that the client wants. */
  readonly isFolded: boolean;
}

/** Whether the upstream must be asked for a stream though the client wants none. */
export function mustFold(call: Call, { candidate, folds }: Step, { translation }: Access): boolean {
  if (call.isStreamed || (translation?.operation ?? call.operation) !== 'chat') return false;
  return folds === true || candidate.model.capabilities.has(STREAM_ONLY);
}

/** Shapes the body for a candidate and sends it. What comes of it is the exchange's to tell. */
export function beginAttempt(call: Call, plan: AttemptPlan, upstream: UpstreamClient, inFlight: InFlight): Answering {
  const { candidate, health, kind, totalMs } = plan.step;
  const { provider, model } = candidate;
  const { translation, includeUsage: mayAskForUsage, isFolded } = plan;
  call.notes = undefined; // of an attempt before
  call.toolNames = undefined;
  const translated = translation && beginTranslation(call, translation, { model, mayAskForUsage, isFolded });
  const body = shapedBody(call, plan, inFlight, translated);
  const exchange = upstream.send({
    provider,
    method: call.endpoint.method,
    path: pathOf(call, plan),
    headers: headersOf(call, plan, translated !== undefined),
    body,
    totalMs,
    sign: plan.sign,
  });
  health.inFlight++;
  if (call.cut) exchange.cut(call.cut);
  return {
    attemptId: newId(),
    provider,
    model,
    health,
    driver: plan.driver,
    kind,
    exchange,
    startedAt: Date.now(),
    startedMark: performance.now(),
    hidesUsage: mayAskForUsage,
    notes: call.notes,
    toolNames: call.toolNames,
    translated,
    isFolded,
  };
}

function headersOf(call: Call, plan: AttemptPlan, isTranslated: boolean): Readonly<Record<string, string>> {
  const headers = requestHeaders({
    client: call.request.headers,
    provider: plan.step.candidate.provider,
    driver: plan.driver,
    isTranslated,
    contentType: call.body!.contentType,
    authorization: plan.authorization,
    traceparent: call.trace?.child,
  });
  if (call.endpoint.method === undefined) return headers;
  const { 'content-type': _, ...others } = headers; // such a call has no body
  return others;
}

/** Below the provider's base path. */
function pathOf(
  call: Call,
  {
    driver,
    step: {
      candidate: { model, provider },
    },
    translation,
    isFolded,
  }: AttemptPlan,
): string {
  const { endpoint } = call;
  const isStreamed = call.isStreamed || isFolded;
  if (translation) return driver.path(translation.operation, model.upstreamId, isStreamed, provider);
  const path = endpoint.path ?? driver.path(call.operation, model.upstreamId, isStreamed, provider);
  if (endpoint.below !== undefined) return pathBelow(path, endpoint.below, call.query);
  return endpoint.forwardsQuery ? path + call.query : path;
}

function shapedBody(
  call: Call,
  plan: AttemptPlan,
  inFlight: InFlight,
  translated: TranslatedCall | undefined,
): readonly Buffer[] {
  const { step, includeUsage } = plan;
  const { model } = step.candidate;
  const { body, profile, operation } = call;
  if (!body || !profile) throw new Error('a call is resolved before it is dispatched');
  const asClient = body.shaped({
    operation,
    dialect: call.endpoint.dialect,
    model: model.upstreamId,
    includeUsage: includeUsage && !translated,
    modelDefaults: translated ? null : model.defaults,
    policy: policyFor(plan, profile.policy),
    maximum: step.clamp ? undefined : maximumFor(call, step.candidate),
  });
  const shaped = translated
    ? [translatedBody(Buffer.concat(asClient), translated)]
    : ruledBody(call, plan.driver, model, editedBody(call, model, asClient));
  if (call.notes) refuseDropped(call.notes, profile.policy);
  const copied = shaped.length === 1 && shaped[0] !== body.raw ? shaped[0]!.length : 0;
  call.heldBytes += copied;
  inFlight.hold(copied);
  return shaped;
}

/** The profile's policy, with what this attempt has to keep to. */
function policyFor({ step: { clamp }, isFolded }: AttemptPlan, policy: RequestPolicy | null): RequestPolicy | null {
  if (isFolded) return clamped(policy, { ...clamp, stream: true });
  return clamp ? clamped(policy, clamp) : policy;
}

/** Holds an answer to what was set aside for it; a model with a maximum of its own needs no telling. */
function maximumFor({ operation, outputCap }: Call, { model, provider }: Candidate): Maximum | undefined {
  if (model.maxOutput !== null || outputCap === undefined) return undefined;
  if (operation === 'responses') return { member: 'max_output_tokens', tokens: outputCap };
  const member = operation === 'chat' && provider.driver === 'openai' ? 'max_completion_tokens' : 'max_tokens';
  return { member, tokens: outputCap };
}

function clamped(policy: RequestPolicy | null, clamp: JsonObject): RequestPolicy {
  const { defaults = {}, overrides = {}, systemPrompt = null, ...rest } = policy ?? {};
  return { ...rest, defaults, overrides: { ...overrides, ...clamp }, systemPrompt };
}
