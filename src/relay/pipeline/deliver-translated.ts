import type { JsonObject } from '../../snapshot/snapshot.js';
import { safeHeaders } from '../upstream/answer-headers.js';
import type { AnswerHead } from '../upstream/exchange.js';
import { ForeignAnswer, type TranslatedAnswer } from '../translate/translation.js';
import { sendHead, sendWhole } from './answer.js';
import type { Answering, Call, TranslatedCall } from './call.js';
import { endedWith } from './call-end.js';
import { providerFault, type DeliverParts } from './deliver-parts.js';

/** A whole answer, as it came. */
interface WholeAnswer {
  readonly answering: Answering;
  readonly raw: Buffer;
  readonly head: AnswerHead;
}

/** Puts a whole answer into the client's dialect. */
export async function deliverTranslated(call: Call, whole: WholeAnswer, parts: DeliverParts): Promise<void> {
  const { answering, raw, head } = whole;
  const { json, usage, text } = translated(answering, raw);
  const body = Buffer.from(JSON.stringify(json));
  call.heldBytes += body.length;
  parts.inFlight.hold(body.length);
  call.capture?.add(body, 'application/json');
  call.firstByteMark = performance.now();
  await parts.settle.run(call, {
    ...endedWith(head.status, undefined),
    usage,
    generated: () => ({ text: JSON.stringify(text).slice(1, -1), omittedBytes: 0 }),
  });
  const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
  sendHead(call, parts.inFlight, head.status, { ...safeHeaders(head.headers), ...headers });
  await sendWhole(call.response, body);
}

function translated(answering: Answering, raw: Buffer): TranslatedAnswer {
  const { translation, context } = answering.translated as TranslatedCall;
  const json = parsed(raw);
  if (!json) throw providerFault(answering, 'answered with something that is not JSON');
  try {
    return translation.answer(json, context);
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
