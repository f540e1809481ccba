import type { ServerResponse } from 'node:http';
import type { Account, CallRecord } from './account.js';
import { EVENT_STREAM, type Answer, type Frame } from './answer.js';
import type { Directives } from './directives.js';
import { openSink, type Sink } from './sink.js';

/** An answer on its way, with all that says how it goes. */
export interface Delivery {
  readonly answer: Answer;
  readonly directives: Directives;
  readonly record: CallRecord;
  readonly account: Account;
  readonly response: ServerResponse;
}

/** Headers that OpenAI sends with every answer; some of them are nobody's business but the key holder's. */
const USUAL_HEADERS = {
  'openai-version': '2020-10-01',
  'openai-organization': 'sim-organization',
  'openai-project': 'proj_simulator',
  'x-ratelimit-limit-requests': '10000',
  'x-ratelimit-remaining-requests': '9999',
  'x-ratelimit-reset-requests': '6ms',
  'x-ratelimit-limit-tokens': '2000000',
  'x-ratelimit-remaining-tokens': '1999900',
  'x-ratelimit-reset-tokens': '1ms',
  'access-control-expose-headers': 'X-Request-ID',
  'set-cookie': '__cf_bm=simulated; path=/; HttpOnly; Secure',
};

/** Sends an answer, well or badly as the directives want it. Resolves once nothing more will be sent. */
export async function deliver(delivery: Delivery): Promise<void> {
  const { answer, directives, response, record, account } = delivery;
  if (directives.delayMs) await sleep(directives.delayMs);
  if (response.destroyed) return;
  record.status = answer.status;
  record.isStreamed = answer.isStreamed;
  if (answer.status < 400) record.inputTokens = answer.inputTokens;
  if (!answer.isStreamed) return deliverPlain(delivery);
  writeHead(delivery);
  response.flushHeaders();
  const sink = openSink(response, directives);
  const verdict = await sendFrames(delivery, sink);
  if (verdict === 'cut') return cut(response, record, account);
  if (verdict === 'done') await sink.end();
}

async function deliverPlain(delivery: Delivery): Promise<void> {
  const { answer, directives, response, record, account } = delivery;
  const [frame] = answer.frames;
  const bytes = padded(Buffer.from(frame?.data ?? ''), directives.padding);
  writeHead(delivery, directives.encoding ? {} : { 'content-length': bytes.length });
  const sink = openSink(response, directives);
  if (directives.cutAfter !== undefined || directives.stallAfter !== undefined) {
    await sink.write(bytes.subarray(0, bytes.length >> 1));
    return directives.cutAfter === undefined ? undefined : cut(response, record, account);
  }
  noteSent(record, frame);
  if (directives.encoding || directives.split) {
    await sink.write(bytes);
    return sink.end();
  }
  response.end(bytes); // in one write with the headers
}

function writeHead({ answer, directives, response, record }: Delivery, length: Record<string, number> = {}): void {
  const encoding = directives.encoding ? { 'content-encoding': directives.encoding } : {};
  response.writeHead(answer.status, {
    ...USUAL_HEADERS,
    'x-request-id': record.id,
    'request-id': record.id, // Anthropic's name for it
    'openai-processing-ms': String(Date.now() - record.startedAt),
    'content-type': directives.contentType ?? answer.contentType,
    ...encoding,
    ...length,
    ...answer.headers,
  });
}

/** JSON may end in any number of blanks, so padding leaves it what it is. */
function padded(bytes: Buffer, padding = 0): Buffer {
  return padding > 0 ? Buffer.concat([bytes, Buffer.alloc(padding, 0x20)]) : bytes;
}

async function sendFrames(delivery: Delivery, sink: Sink): Promise<'done' | 'cut' | 'silent'> {
  const { answer, directives, response, record } = delivery;
  const { chunkDelayMs = 0, burst = 1 } = directives;
  const end = lastFrame(directives);
  let batch: (string | Buffer)[] = [];
  for (const frame of answer.frames) {
    if (record.framesSent >= end) break;
    if (chunkDelayMs > 0) await sleep(chunkDelayMs);
    if (response.destroyed) return 'silent';
    batch.push(rendered(frame, delivery));
    noteSent(record, frame);
    if (record.framesSent % burst === 0) batch = await flush(batch, sink);
  }
  await flush(batch, sink);
  if (record.framesSent < end) return 'done';
  return breakOff(delivery, sink);
}

function lastFrame({ cutAfter = Infinity, stallAfter = Infinity, errorAfter = Infinity }: Directives): number {
  return Math.min(cutAfter, stallAfter, errorAfter);
}

async function breakOff(delivery: Delivery, sink: Sink): Promise<'done' | 'cut' | 'silent'> {
  const { answer, directives, record } = delivery;
  if (record.framesSent === directives.cutAfter) return 'cut';
  if (record.framesSent === directives.stallAfter) return 'silent';
  if (answer.failure) await sink.write(rendered(answer.failure(record.framesSent), delivery));
  return 'done';
}

async function flush(batch: (string | Buffer)[], sink: Sink): Promise<[]> {
  const [first] = batch;
  if (first !== undefined) await sink.write(batch.length === 1 ? first : batch.join(''));
  return [];
}

function noteSent(record: CallRecord, frame: Frame | undefined): void {
  record.framesSent++;
  record.outputTokens += frame?.tokens ?? 0;
  if (frame?.hasUsage) record.isUsageSent = record.status < 400;
}

/** The frame's bytes: an event of the stream, with a comment before it now and then; sound goes as it is. */
function rendered(frame: Frame, { answer, directives, record }: Delivery): string | Buffer {
  if (answer.contentType !== EVENT_STREAM) return frame.data;
  const ping = directives.pings && record.framesSent % directives.pings === 0 ? ': ping\n\n' : '';
  const event = frame.event ? `event: ${frame.event}\n` : '';
  const space = directives.framing === 'nospace' ? '' : ' ';
  const text = `${ping}${event}data:${space}${String(frame.data)}\n\n`;
  return directives.framing === 'crlf' ? text.replaceAll('\n', '\r\n') : text;
}

/** All that was written has left the process by now, so the account knows what the other side can have. */
function cut(response: ServerResponse, record: CallRecord, account: Account): void {
  account.close(record, response.destroyed ? 'client_left' : 'cut');
  response.destroy();
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
