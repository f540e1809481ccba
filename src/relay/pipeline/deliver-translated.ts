import type { LedgerUsage } from '../../journal/ledger-record.js';
import type { JsonObject } from '../../snapshot/snapshot.js';
import { safeHeaders } from '../upstream/answer-headers.js';
import type { AnswerHead } from '../upstream/exchange.js';
import { ForeignAnswer } from '../translate/translation.js';
import { sendHead, sendWhole } from './answer.js';
import type { Answering, Call, TranslatedCall } from './call.js';
import { endedWith } from './call-end.js';
import { providerFault, type DeliverParts } from './deliver-parts.js';

const STREAM_TYPE = 'text/event-stream; charset=utf-8';

/** A whole answer, as it came. */
export interface WholeAnswer {
  readonly answering: Answering;
  readonly raw: Buffer;
  readonly head: AnswerHead;
}

/** Puts a whole answer into the client's dialect. */
export async function deliverTranslated(call: Call, whole: WholeAnswer, parts: DeliverParts): Promise<void> {
  const { answering, raw, head } = whole;
  const isStream = call.isStreamed; // though the upstream gave none
  const { text: said, usage, printed } = translated(answering, raw, isStream);
  const told = { usage, generated: () => ({ text: JSON.stringify(said).slice(1, -1), omittedBytes: 0 }) };
  const asSaid = { body: Buffer.from(printed), type: isStream ? STREAM_TYPE : 'application/json' };
  call.heldBytes += asSaid.body.length;
  parts.inFlight.hold(asSaid.body.length);
  const isShaped = call.format && !isStream;
  const { body, type } = isShaped ? await parts.formats.shown(call, call.format!, { ...told, ...asSaid }) : asSaid;
  call.capture?.add(body, type);
  call.firstByteMark = performance.now();
  await parts.settle.run(call, { ...endedWith(head.status, undefined), ...told });
  const headers = { 'content-type': type, 'content-length': String(body.length) };
  sendHead(call, parts.inFlight, head.status, { ...safeHeaders(head.headers), ...headers });
  await sendWhole(call.response, body);
}

/** An answer in the client's dialect, ready to be sent. */
interface Printed {
  readonly printed: string;
  readonly usage: LedgerUsage | undefined;
  readonly text: string;
}

function translated(answering: Answering, raw: Buffer, isStream: boolean): Printed {
  const { translation, context } = answering.translated as TranslatedCall;
  const json = parsed(raw);
  if (!json) throw providerFault(answering, 'answered with something that is not JSON');
  try {
    if (isStream) {
      const { events, ...rest } = translation.unfolded(json, context);
      return { printed: events, ...rest };
    }
    const { json: answer, ...rest } = translation.answer(json, context);
    return { printed: JSON.stringify(answer), ...rest };
  } catch (error) {
    if (error instanceof ForeignAnswer) throw providerFault(answering, 'answered in another dialect than its driver');
    throw error;
  }
}

function parsed(raw: Buffer): JsonObject | undefined {
  try {
    const json: unknown = JSON.parse(raw.toString());
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
