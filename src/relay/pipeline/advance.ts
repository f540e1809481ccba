import type { AllowanceMetric } from '../../snapshot/allowances.js';
import type { Call } from './call.js';
import type { Advance } from './reservation.js';

/** What grows while an answer is made. */
const GROWING: ReadonlySet<AllowanceMetric> = new Set(['input_tokens', 'output_tokens', 'total_tokens', 'money']);

/**
 * Of a response that is still being made, all that was set aside for it is charged at once, and noted: so a limit holds
 * whatever becomes of this process, and what was too much is given back by whoever sees the end. A counter that Postgres
 * does not know yet is charged then.
 */
export function advanceFor({ unfinished, attempts }: Call): Advance | undefined {
  const last = attempts.at(-1);
  if (!unfinished || !last) return undefined;
  return ({ counter, amount, targetId }, used) => {
    const { entry, subject, span, id } = counter;
    const isConcerned = targetId === null || targetId === last.provider_id || targetId === last.model_id;
    if (!GROWING.has(entry.metric) || !isConcerned) return used;
    const charged = id === undefined ? used : Math.max(used, amount);
    unfinished.holds.push({
      allowance_id: entry.id,
      epoch: entry.epoch,
      subject,
      window_start: new Date(span.start).toISOString(),
      window_end: span.end === Infinity ? null : new Date(span.end).toISOString(),
      metric: entry.metric,
      amount: Math.round(charged - used),
    });
    return charged;
  };
}
