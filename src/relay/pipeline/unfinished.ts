import { newId } from '../../common/ids.js';
import type { LateAttempt, PendingEntry } from '../../journal/pending-response-record.js';
import { isUnderWay } from '../background/response-end.js';
import { toPriceText } from '../background/price-text.js';
import { priceAt } from '../../routing/cost.js';
import type { Call } from './call.js';
import { isResponseId } from './response-id.js';
import type { Unfinished } from './unfinished-answer.js';
import { WorstCase } from './worst-case.js';

const FIRST_LOOK_MS = 2000;

/** Notes that a response goes on being made when its call has ended: so its provider keeps it, too. */
export function noteUnfinished(call: Call, id: string | undefined, raw: Buffer): void {
  if (id === undefined || call.endpoint.method !== undefined || !isResponseId(id) || !isUnderWay(raw)) return;
  leaveUnfinished(call, id);
}

/** The same of a response that is known to be under way. */
export function leaveUnfinished(call: Call, id: string): void {
  call.keptId = id;
  call.unfinished = { id, promptTokens: 0, isNoted: false, holds: [] };
}

/** What it takes to put it on record later. */
export function pendingEntry(call: Call, { id, promptTokens, holds }: Unfinished, maxAgeMs: number): PendingEntry {
  const { token, profile, attempts, startedAt } = call;
  const last = attempts.at(-1);
  if (!token || !last) throw new Error('a response comes of an attempt');
  const { cost_picos: _, ...attempt } = last;
  const model = call.snapshot.models.get(last.model_id);
  const price = profile?.priceOverride ?? priceAt(model?.prices ?? [], Date.parse(last.started_at));
  const late: LateAttempt = {
    ...attempt,
    id: newId(),
    number: last.number + 1,
    kind: 'background',
    price_id: price?.id ?? null,
  };
  return {
    response: {
      id,
      tenant_id: token.tenantId,
      project_id: token.projectId,
      token_id: token.id,
      provider_id: last.provider_id,
      request_id: call.id,
      started_at: new Date(startedAt).toISOString(),
      attempt: late,
      price: toPriceText(price),
      prompt_tokens: promptTokens,
      most_output_tokens: new WorstCase(call).outputTokens,
      misses: 0,
      look_at: new Date(startedAt + FIRST_LOOK_MS).toISOString(),
      expires_at: new Date(startedAt + maxAgeMs).toISOString(),
    },
    holds: holds.map((hold) => ({ ...hold, project_id: token.projectId, response_id: id })),
  };
}
