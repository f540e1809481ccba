import type { KeptResponseRecord } from '../../journal/kept-response-record.js';
import type { Found, KeptResponses } from '../../responses/kept-responses.js';
import type { TokenEntry } from '../../snapshot/snapshot.js';
import type { Background } from '../background/background.js';
import { relayErrors } from '../relay.errors.js';
import { responseErrors } from '../response.errors.js';
import { asksForBackground, type BackgroundCalls } from './background-calls.js';
import type { Call } from './call.js';
import { NoBody } from './no-body.js';
import { isResponseId } from './response-id.js';

const RETRY_AFTER_SECONDS = 1;

/** What the stage needs of the house. */
export interface ReferenceParts {
  readonly responses: KeptResponses;
  readonly background: Pick<Background, 'isOver'>;
  readonly calls: BackgroundCalls;
}

/** Calls about responses that a provider keeps: they go to that provider, for those who may see them. */
export class References {
  constructor(private readonly parts: ReferenceParts) {}

  /**
   * Looks at what a resolved call of `/responses` refers to. Returns a promise only when there is something to look up.
   * Throws, or rejects with, a 400 for what can't be followed.
   */
  follow(call: Call): Promise<void> | undefined {
    const { body, endpoint } = call;
    if (!body || endpoint.dialect !== 'openai-responses') return undefined;
    const id = body.text('previous_response_id');
    if (asksForBackground(call)) return this.begin(call, id);
    return id === undefined ? undefined : this.goBack(call, id);
  }

  /** A response that is made after the call, and goes on with another, maybe. */
  private async begin(call: Call, id: string | undefined): Promise<void> {
    if (id !== undefined) await this.goBack(call, id);
    await this.parts.calls.admit(call);
  }

  /** Only the provider that keeps the turn before can go on with it. */
  private async goBack(call: Call, id: string): Promise<void> {
    const known = await this.find(call, id);
    const { provider_id: keeper } = known ?? {};
    const candidates = call.candidates.filter(({ provider }) => provider.id === keeper);
    if (candidates.length === 0) {
      throw responseErrors.previous_response_not_found({ id, param: 'previous_response_id' });
    }
    call.candidates = candidates;
  }

  /** Leads a call without a body to the provider that keeps the response. Rejects with a 404 when nobody does. */
  async reach(call: Call, id: string): Promise<void> {
    const { snapshot } = call;
    const kept = await this.find(call, id);
    const profile = kept && snapshot.profiles.get(kept.profile_id);
    const provider = kept && snapshot.providers.get(kept.provider_id);
    const model = kept && snapshot.models.get(kept.model_id);
    if (!profile || !provider || !model) throw responseErrors.response_not_found({ id });
    call.requestedModel = profile.name;
    call.profile = profile;
    if (!profile.isEnabled) throw relayErrors.profile_disabled({ model: profile.name, param: 'model' });
    const target = { id: model.id, modelId: model.id, weight: 1, priority: 0, isEnabled: true, conditions: null };
    if (!provider.isEnabled) {
      throw relayErrors.provider_unavailable({ model: profile.name, retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    if (kept.is_background) await this.watch(call, kept);
    call.candidates = [{ target, model, provider, rank: null }];
    call.body = new NoBody(new URLSearchParams(call.query).get('stream') === 'true');
  }

  /** A call for a response that is made after it has ended. */
  release(call: Call): void {
    this.parts.calls.release(call);
  }

  /** One that may still be made can't go: what it used would never be told. */
  private async watch(call: Call, kept: KeptResponseRecord): Promise<void> {
    call.watched = kept;
    if (call.endpoint.method === 'DELETE' && !(await this.isOver(kept))) {
      throw responseErrors.response_in_progress({ id: kept.id });
    }
  }

  private async isOver(kept: KeptResponseRecord): Promise<boolean> {
    try {
      return await this.parts.background.isOver(kept);
    } catch (cause) {
      throw responseErrors.responses_unavailable({ retryAfterSeconds: RETRY_AFTER_SECONDS }, { cause });
    }
  }

  /** Whatever came of it, the provider has it no longer. */
  async forget({ token }: Call, id: string): Promise<void> {
    await this.parts.responses.forget(token?.projectId ?? '', id);
  }

  private async find({ token }: Call, id: string): Promise<KeptResponseRecord | undefined> {
    if (!token || !isResponseId(id)) return undefined;
    const found: Found = await this.parts.responses.find(token.projectId, id);
    if (found.kind === 'unavailable') {
      throw responseErrors.responses_unavailable({ retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    return found.kind === 'found' && maySee(token, found.response) ? found.response : undefined;
  }
}

function maySee({ profileIds }: TokenEntry, response: KeptResponseRecord): boolean {
  return !profileIds || profileIds.has(response.profile_id);
}

/** Notes that the provider of an answer keeps it under this id, unless the caller did not want that. */
export function keep(call: Call, id: string | undefined): void {
  const { body, endpoint, answering } = call;
  if (id === undefined || endpoint.method !== undefined || answering?.translated || !isResponseId(id)) return;
  if (body?.slice('store') !== 'false') call.keptId = id;
}

/** What the others need to find it. */
export function keptResponse(call: Call): KeptResponseRecord | undefined {
  const { keptId, token, profile, startedAt, attempts } = call;
  const last = attempts.at(-1);
  if (keptId === undefined || !token || !profile || !last) return undefined;
  return {
    id: keptId,
    tenant_id: token.tenantId,
    project_id: token.projectId,
    token_id: token.id,
    profile_id: profile.id,
    provider_id: last.provider_id,
    model_id: last.model_id,
    created_at: new Date(startedAt).toISOString(),
    ...(call.unfinished && { is_background: true }),
  };
}
