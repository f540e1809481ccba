import { NO_USAGE } from '../../journal/no-usage.js';
import { foldChat } from '../answer/chat-fold.js';
import { readAnswer } from '../answer/plain-answer.js';
import { outputTextOf } from '../answer/text-tap.js';
import { decodeBody, DecodeError } from '../body/decode-body.js';
import { editWhole } from '../quirks/answer-edit.js';
import { ForeignAnswer } from '../translate/translation.js';
import { contentEncoding, isEventStream, isJson, safeHeaders } from '../upstream/answer-headers.js';
import { collect, type Collected } from '../upstream/collect.js';
import type { AnswerHead } from '../upstream/exchange.js';
import { failureTrouble } from '../upstream/failures.js';
import { sendHead, sendWhole } from './answer.js';
import { editsOf } from './answer-edits.js';
import type { Answering, Call } from './call.js';
import { endedWith } from './call-end.js';
import { CallFailure } from './call-failure.js';
import { deliverBackground } from './deliver-background.js';
import { deliverBinary } from './deliver-binary.js';
import { errorFrame } from './error-frame.js';
import { deliverStream } from './deliver-stream.js';
import { deliverTranslated, type WholeAnswer } from './deliver-translated.js';
import type { Shown } from './formats.js';
import { keep } from './references.js';
import { noteUnfinished } from './unfinished.js';
import { wishedTranscript, wishedVectors } from './wished-answer.js';
import { answerModel, providerFault, type DeliverParts } from './deliver-parts.js';

/**
 * Brings an upstream's successful answer to the client, and has the call settled before its last byte. Throws
 * `CallFailure` for an answer that can't be used, as long as the client has not got a byte of it.
 */
export class Deliver {
  constructor(private readonly parts: DeliverParts) {}

  run(call: Call, head: AnswerHead): Promise<void> {
    const { answering } = call;
    if (!answering) throw new Error('a call is dispatched before it is delivered');
    call.notes = answering.notes; // of two that were asked this one answers
    if (call.thread?.cuts && !isEventStream(head.headers)) throw providerFault(answering, 'answered without a stream');
    if (isEventStream(head.headers) && !answering.isFolded) {
      const bring = call.isBackground ? deliverBackground : deliverStream;
      return bring(call, answering, head, this.parts);
    }
    if (call.operation === 'speech' && !isJson(head.headers)) {
      return deliverBinary(call, answering, head, this.parts);
    }
    return this.deliverWhole(call, answering, head);
  }

  /** Ends a stream that broke off, and that nobody could go on with. */
  async breakOff(call: Call, failure: CallFailure): Promise<void> {
    const ending = errorFrame(call, failure.error);
    call.capture?.add(ending, 'text/event-stream');
    await this.parts.settle.run(call, endedWith(200, failure));
    call.response.end(ending);
  }

  /** An answer that is read whole: its usage is in it, and its model's name changes. */
  private async deliverWhole(call: Call, answering: Answering, head: AnswerHead): Promise<void> {
    const collected = this.collected(answering);
    const came = received(call, answering, collected instanceof Promise ? await collected : collected);
    const encoding = contentEncoding(head.headers);
    const plain = encoding === undefined ? came : await this.unpacked(answering, came, encoding);
    const whole = this.folded(answering, head, plain);
    const edits = editsOf(answering, call);
    const raw = wishedVectors(call, edits ? editWhole(whole, edits) : whole);
    if (answering.translated) return deliverTranslated(call, { answering, raw, head }, this.parts);
    const { end, said } = plainAnswer(call, { answering, raw, head });
    const shown = call.format
      ? await this.parts.formats.shown(call, call.format, { ...end, body: said.body })
      : wishedTranscript(call, said);
    call.capture?.add(shown.body, shown.type);
    call.firstByteMark = performance.now(); // as good as: only the journal's tick is in between
    await this.parts.settle.run(call, end);
    if (call.watched) await this.parts.background.saw(call.watched, said.body);
    const leaving = this.send(call, head, shown);
    if (leaving) await leaving;
  }

  private send(call: Call, head: AnswerHead, { body, type }: Shown): Promise<void> | undefined {
    const headers = safeHeaders(head.headers);
    headers['content-type'] = type;
    headers['content-length'] = String(body.length);
    sendHead(call, this.parts.inFlight, head.status, headers);
    return sendWhole(call.response, body);
  }

  private folded(answering: Answering, { headers }: AnswerHead, raw: Buffer): Buffer {
    if (!answering.isFolded || !isEventStream(headers)) return raw;
    try {
      return Buffer.from(JSON.stringify(foldChat(raw)));
    } catch (error) {
      if (error instanceof ForeignAnswer) throw providerFault(answering, 'sent a stream that is not a whole answer');
      throw error;
    }
  }

  private collected({ exchange }: Answering): Collected | Promise<Collected> {
    const { inFlight, maxAnswerBytes: maxBytes, maxBytesInFlight } = this.parts;
    return collect(exchange, { maxBytes, maxBytesInFlight }, inFlight);
  }

  private async unpacked(answering: Answering, packed: Buffer, encoding: string): Promise<Buffer> {
    try {
      return await decodeBody(packed, encoding, this.parts.maxAnswerBytes);
    } catch (error) {
      if (error instanceof DecodeError) throw providerFault(answering, 'sent an answer that cannot be unpacked');
      throw error;
    }
  }
}

/** An answer in the client's own dialect, and what it says of itself. Throws `CallFailure` when it is none. */
function plainAnswer(call: Call, { answering, raw, head }: WholeAnswer) {
  const { body, usage, isJson: isObject, generated, id } = readAnswer(call.endpoint, raw, answerModel(call));
  if (!isObject && (isJson(head.headers) || !mayBeText(call))) {
    throw providerFault(answering, 'answered with something that is not JSON');
  }
  keep(call, id);
  if (usage === undefined || call.isBackground) noteUnfinished(call, id, raw);
  const end = {
    status: head.status,
    outcome: 'ok' as const,
    errorCode: null,
    errorMessage: null,
    usage: call.endpoint.isFree || call.unfinished ? NO_USAGE : usage,
    generated: () => (isObject ? generated && outputTextOf(generated) : { text: raw.toString(), omittedBytes: 0 }),
  };
  return { end, said: { body, type: isObject ? 'application/json' : 'text/plain; charset=utf-8' } };
}

function received(call: Call, { provider }: Answering, came: Collected): Buffer {
  if (!Buffer.isBuffer(came)) throw new CallFailure(failureTrouble(provider.name, came, true));
  call.heldBytes += came.length;
  return came;
}

/** Transcripts may be plain text, subtitles too. */
function mayBeText({ operation }: Call): boolean {
  return operation === 'transcription' || operation === 'translation';
}
