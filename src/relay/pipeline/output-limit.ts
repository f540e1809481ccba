import type { LedgerUsage } from '../../journal/ledger-record.js';
import type { ModelEntry, Operation } from '../../snapshot/snapshot.js';
import type { AnswerStream } from '../answer/answer-stream.js';
import type { StreamLimit } from '../answer/event-reader.js';
import type { Answering, Call } from './call.js';
import type { CallEnd } from './call-end.js';
import type { Estimator } from './estimator.js';

/** What the ledger says of an answer that we ended. */
const ENDED_CODE = 'output_hold_reached';
/** More than any server gives. */
const MOST_CHOICES = 128;
const GENERATING: ReadonlySet<Operation> = new Set<Operation>(['chat', 'completion', 'responses']);

/** How far a streamed answer may grow: to what a hard allowance has set aside for it. */
export function limitOf(call: Call, model: ModelEntry): StreamLimit | undefined {
  const { outputHolder, worstCase, body, operation } = call;
  if (!outputHolder || !worstCase || !body?.isStreamed || !GENERATING.has(operation)) return undefined;
  const choices = Math.min(MOST_CHOICES, worstCase.choicesOf(model));
  return { outputTokens: worstCase.outputOf(model), choices, asksForUsage: body.asksForUsage };
}

/** The end of a stream whose upstream did not keep to its maximum. What was used is our count, and never more than that. */
export async function endSpent(
  call: Call,
  { model }: Answering,
  stream: AnswerStream,
  estimator: Estimator,
): Promise<{ readonly ending: Buffer | undefined; readonly end: Pick<CallEnd, 'usage' | 'errorCode'> }> {
  const most = limitOf(call, model)?.outputTokens ?? 0;
  const usage = heldTo(most, await estimator.estimate(call, stream.generated()), stream.usage);
  const note = { ended_by: 'allowance', allowance: call.outputHolder?.name ?? '', output_tokens: most } as const;
  const ending = stream.cutShort?.({ usage, note });
  return { ending, end: { usage, errorCode: ENDED_CODE } };
}

function heldTo(most: number, counted: LedgerUsage, told: LedgerUsage | undefined): LedgerUsage {
  const known = told ?? counted;
  const output = Math.min(most, Math.max(counted.output_tokens, told?.output_tokens ?? 0));
  return {
    ...known,
    usage_source: 'estimated',
    output_tokens: output,
    reasoning_tokens: Math.min(known.reasoning_tokens, output),
    audio_output_tokens: Math.min(known.audio_output_tokens, output),
  };
}
