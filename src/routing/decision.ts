import type { DecisionRejection } from '../journal/decision-record.js';
import { JsonText } from '../journal/json-text.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { BodyFeatures } from './body-features.js';
import type { Candidate, Rank, Seen } from './candidate.js';
import type { Views } from './filters.js';
import type { Plan } from './planner.js';

/**
 * A plan as it is kept with the request: the text of a `DecisionRecord`. Each call of a profile with a choice writes one,
 * so it is joined from its parts.
 */
export function decisionOf(plan: Plan, features: BodyFeatures, { revision }: Snapshot): JsonText {
  const { strategy, stickySeed, candidates, rejected } = plan;
  let text = `{"strategy":"${strategy}","revision":${revision},"seed":${features.seed}`;
  if (stickySeed !== null) text += `,"stickySeed":${stickySeed}`;
  text += `,"features":${features.captured},"candidates":[`;
  for (let i = 0; i < candidates.length; i++) text += (i === 0 ? '' : ',') + candidateText(candidates[i]!);
  if (rejected.length === 0) return new JsonText(`${text}]}`);
  const left = rejected.map(({ modelId, reason }): DecisionRejection => ({ model: modelId, reason }));
  return new JsonText(`${text}],"rejected":${JSON.stringify(left)}}`);
}

function candidateText({ model, rank }: Candidate): string {
  if (!rank) return `{"model":"${model.id}"}`;
  const { score, seen, opening } = rank;
  const text = (opening ?? openingOf(model.id, rank)) + scoreText(score);
  return seen ? `${text},"seen":${numbersText(seen)}}` : `${text}}`;
}

const SCORE_STEP = 1e8;

/**
 * To eight places, as a whole number and an exponent: to print all digits of a fraction takes longer. Small ones, such as
 * the cost of a call, would lose too many.
 */
function scoreText(score: number): string {
  const steps = Math.round(score * SCORE_STEP);
  const size = Math.abs(steps);
  return size >= 1e5 && size < 2 ** 31 ? `${steps}e-8` : numberText(score);
}

function openingOf(modelId: string, { terms, propensity }: Rank): string {
  const chance = propensity === null ? '' : `"propensity":${numberText(propensity)},`;
  return `{"model":"${modelId}","terms":${numbersText(terms)},${chance}"score":`;
}

function numbersText(numbers: object): string {
  let text = '';
  for (const name in numbers) {
    const value: unknown = Reflect.get(numbers, name);
    if (typeof value === 'number') text += `${text === '' ? '' : ','}"${name}":${numberText(value)}`;
  }
  return `{${text}}`;
}

/** As JSON prints it: what is not finite is `null`. */
function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null';
}

/** What was known of one model. */
export interface SeenModel extends Seen {
  readonly modelId: string;
  /** Why it was out of service, if it was. */
  readonly reason?: string;
}

/** The world as it was, to plan in it again. */
export function viewsOf(seen: readonly SeenModel[], snapshot: Snapshot): Views {
  const known = new Map(seen.map((each) => [each.modelId, each]));
  const reasonOf = (modelId: string) => known.get(modelId)?.reason;
  const latencyMs = (_: string, id: string) => (reasonOf(id) === 'max_latency' ? Infinity : known.get(id)?.latencyMs);
  const credentials = new Map<string | undefined, 'locked' | 'missing'>();
  for (const { modelId, reason } of seen) {
    const providerId = snapshot.models.get(modelId)?.providerId;
    if (reason === 'credential_locked') credentials.set(providerId, 'locked');
    if (reason === 'credential_missing') credentials.set(providerId, 'missing');
  }
  return {
    health: {
      stateOf: (_, id) => (reasonOf(id) === 'circuit_open' ? 'open' : 'closed'),
      ttftMs: latencyMs,
      totalMs: latencyMs,
      failureRate: (_, id) => known.get(id)?.failureRate ?? 0,
      inFlight: (_, id) => known.get(id)?.inFlight ?? 0,
    },
    allowances: { isUsedUp: (_, id) => reasonOf(id) === 'allowance_used_up' },
    arms: { shareOf: (_, id) => known.get(id)?.share },
    credentials: { kindOf: (providerId) => credentials.get(providerId) ?? 'present' },
  };
}
