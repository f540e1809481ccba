import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import type { JsonObject, ModelEntry } from '../../snapshot/snapshot.js';
import type { AnswerStream } from '../answer/answer-stream.js';
import { MAX_FRAME_BYTES } from '../answer/sse-frames.js';
import { StreamFilter } from '../answer/stream-filter.js';
import { JsonScanError } from '../body/json-scan.js';
import type { Dialect } from '../../providers/drivers/driver.js';
import { ChoicesEdit } from '../quirks/choices.js';
import { EditingSink } from '../quirks/editing-sink.js';
import { GemmaTools } from '../quirks/gemma-tools.js';
import { StrippedReasoning } from '../quirks/stripped-reasoning.js';
import { messageClient } from './anthropic/anthropic.js';
import type { AnswerEvent } from './conversation.js';
import { Notes } from './notes.js';
import { chatClient } from './openai-chat/openai-chat.js';
import { responseClient } from './openai-responses/openai-responses.js';
import { ForeignAnswer, type TranslationContext } from './translation.js';
import { findTranslation } from './translations.js';

/** Mutated frames for each reader; the seed makes a failure repeatable. */
const FRAMES = 100_000;
const SEED = 20_261_120;

const model = { upstreamId: 'm', capabilities: new Set<string>() } as unknown as ModelEntry;
const context: TranslationContext = {
  model,
  shownModel: 'm',
  id: 'f'.repeat(32),
  createdSeconds: 1,
  notes: new Notes(),
  isStreamed: true,
  asksForUsage: true,
  mayAskForUsage: true,
  echo: {} as JsonObject,
};

const ANSWER: readonly AnswerEvent[] = [
  { kind: 'thinking', text: 'Let me see…' },
  { kind: 'signature', signature: 'sig' },
  { kind: 'text', text: 'Über "uns"\n' },
  { kind: 'text', text: '蜜蜂 🐝' },
  { kind: 'tool_call', index: 0, id: 'call_1', name: 'weather' },
  { kind: 'arguments', index: 0, text: '{"place":' },
  { kind: 'arguments', index: 0, text: '"hive"}' },
  { kind: 'tool_call', index: 1, id: 'call_2', name: 'forecast' },
  { kind: 'arguments', index: 1, text: '{}' },
  { kind: 'stop', stop: 'tool_calls' },
];

/** As Google and Amazon send them; the readers of these have no writer to take them from. */
const GEMINI = [
  { candidates: [{ content: { role: 'model', parts: [{ text: 'Let me see…', thought: true }] } }] },
  { candidates: [{ content: { role: 'model', parts: [{ text: '蜜蜂 🐝' }] } }] },
  { candidates: [{ content: { role: 'model', parts: [{ functionCall: { name: 'f', args: { place: 'hive' } } }] } }] },
  { candidates: [{ content: { role: 'model', parts: [{ functionCall: { name: 'g' }, thoughtSignature: 'c2ln' }] } }] },
  { candidates: [{ finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2 } },
].map((chunk) => Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`));

const CONVERSE = [
  ['messageStart', { role: 'assistant' }],
  ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: '蜜蜂 🐝' } }],
  ['contentBlockStop', { contentBlockIndex: 0 }],
  ['contentBlockStart', { contentBlockIndex: 1, start: { toolUse: { toolUseId: 't', name: 'f' } } }],
  ['contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '{}' } } }],
  ['contentBlockStop', { contentBlockIndex: 1 }],
  ['messageStop', { stopReason: 'tool_use' }],
  ['metadata', { usage: { inputTokens: 3, outputTokens: 2 } }],
].map(([type, data]) => amazonFrame(String(type), data));

function amazonFrame(type: string, data: unknown): Buffer {
  const text = (value: string) => ({ type: 'string' as const, value });
  const headers = { ':message-type': text('event'), ':event-type': text(type) };
  return Buffer.from(
    new EventStreamCodec(toUtf8, fromUtf8).encode({ headers, body: Buffer.from(JSON.stringify(data)) }),
  );
}

const FRAMES_OF: Readonly<Partial<Record<Dialect, readonly Buffer[]>>> = {
  'openai-chat': framesOf(chatClient),
  'openai-responses': framesOf(responseClient),
  'anthropic-messages': framesOf(messageClient),
  'gemini-content': GEMINI,
  'bedrock-converse': CONVERSE,
};

/** As Gemma writes a call and a thought, in the pieces of a stream. */
const GEMMA: readonly AnswerEvent[] = [
  '<|channel>thought\nHm',
  'm<channel|>Let ',
  'me <',
  '|tool_call>call:weather{place:<|"|>hive',
  '<|"|>,days:3}<tool_',
  'call|>',
].map((text): AnswerEvent => ({ kind: 'text', text }));

function framesOf(client: typeof chatClient, answer = ANSWER): Buffer[] {
  const writer = client.streamWriter(context);
  const text = answer.map((event) => writer.write(event)).join('') + writer.end();
  return text
    .split('\n\n')
    .slice(0, -1)
    .map((frame) => Buffer.from(`${frame}\n\n`));
}

/** A small generator of numbers below a bound (mulberry32). */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Roll = (below: number) => number;

const WEIRD = [
  'null',
  '[]',
  '{}',
  '-1',
  '1e999',
  '"',
  '\\u0000',
  '{"a":',
  ']',
  'data:',
  '\n\n',
  '\r\n',
  ': x\n',
  '[DONE]',
];

/** A frame with something wrong in it, or none at all, or twice. */
function mutated(frame: Buffer, roll: Roll): Buffer {
  const at = roll(frame.length);
  const weird = Buffer.from(WEIRD[roll(WEIRD.length)]!);
  switch (roll(8)) {
    case 0:
      return Buffer.concat([frame.subarray(0, at), Buffer.from([roll(256)]), frame.subarray(at + 1)]);
    case 1:
      return frame.subarray(0, at);
    case 2:
      return Buffer.concat([frame, frame]);
    case 3:
      return Buffer.alloc(0);
    case 4:
      return Buffer.concat([frame.subarray(0, at), weird, frame.subarray(at)]);
    case 5:
      return replacedValue(frame, weird, roll);
    case 6:
      return Buffer.concat([frame.subarray(0, at), frame.subarray(Math.min(frame.length, at + roll(20)))]);
    default:
      return frame;
  }
}

/** Another value behind one of the colons. */
function replacedValue(frame: Buffer, value: Buffer, roll: Roll): Buffer {
  const colon = frame.indexOf(':', roll(frame.length));
  const end = colon < 0 ? -1 : frame.indexOf(',', colon);
  return end < 0 ? frame : Buffer.concat([frame.subarray(0, colon + 1), value, frame.subarray(end)]);
}

/** Reads one stream of mutated frames in chunks of any size. */
function feed(
  stream: AnswerStream,
  frames: readonly Buffer[],
  roll: Roll,
): { readonly sent: number; readonly ended: Buffer | undefined } {
  const bytes = Buffer.concat(frames.map((frame) => mutated(frame, roll)));
  let sent = 0;
  try {
    for (let at = 0; at < bytes.length;) {
      const size = 1 + roll(200);
      sent += stream.push(bytes.subarray(at, at + size))?.length ?? 0;
      at += size;
    }
  } catch (error) {
    if (!(error instanceof JsonScanError || error instanceof ForeignAnswer)) throw error;
    return { sent, ended: undefined };
  }
  return { sent, ended: stream.isComplete ? stream.finish() : undefined };
}

function exercise(
  frames: readonly Buffer[],
  open: () => AnswerStream,
): { streams: number; complete: number; largest: number } {
  const roll = dice(SEED);
  let complete = 0;
  let largest = 0;
  const streams = Math.ceil(FRAMES / frames.length);
  for (let i = 0; i < streams; i++) {
    const stream = open();
    const { sent, ended } = feed(stream, frames, roll);
    if (ended) complete++;
    largest = Math.max(largest, sent + (ended?.length ?? 0), stream.generated().text.length);
  }
  return { streams, complete, largest };
}

const PAIRS = [
  ['anthropic-messages', 'openai-chat'],
  ['openai-responses', 'openai-chat'],
  ['openai-chat', 'anthropic-messages'],
  ['openai-responses', 'anthropic-messages'],
  ['openai-chat', 'openai-responses'],
  ['anthropic-messages', 'openai-responses'],
  ['openai-chat', 'gemini-content'],
  ['anthropic-messages', 'gemini-content'],
  ['openai-responses', 'gemini-content'],
  ['openai-chat', 'bedrock-converse'],
  ['anthropic-messages', 'bedrock-converse'],
  ['openai-responses', 'bedrock-converse'],
] as const;

describe('a stream of mutated frames', () => {
  it.each(PAIRS)(
    'neither crashes nor swells the translation for %s from %s',
    { timeout: 60_000 },
    (client, upstream) => {
      const frames = FRAMES_OF[upstream]!;
      const { streams, complete, largest } = exercise(frames, () => findTranslation(client, upstream)!.stream(context));
      expect(largest).toBeLessThan(64 * 1024);
      expect(complete).toBeGreaterThan(0);
      expect(complete).toBeLessThan(streams);
    },
  );

  it.each(['openai-chat', 'openai-responses', 'anthropic-messages'] as const)(
    'neither crashes nor swells the byte lane of %s',
    { timeout: 60_000 },
    (dialect) => {
      const frames = FRAMES_OF[dialect]!;
      const shape = {
        operation: dialect === 'openai-responses' ? 'responses' : 'chat',
        dialect,
        model: 'p',
        hideUsage: true,
      } as const;
      const { streams, complete, largest } = exercise(frames, () => new StreamFilter(shape));
      expect(largest).toBeLessThan(64 * 1024);
      expect(complete).toBeGreaterThan(0);
      expect(complete).toBeLessThan(streams);
    },
  );

  it('neither crashes nor swells what makes up for quirks of models', { timeout: 60_000 }, () => {
    const frames = framesOf(chatClient, [...GEMMA, { kind: 'stop', stop: 'stop' }]);
    const { streams, complete, largest } = exercise(frames, edited);
    expect(largest).toBeLessThan(64 * 1024);
    expect(complete).toBeGreaterThan(0);
    expect(complete).toBeLessThan(streams);
  });
});

describe('an event that never ends', () => {
  const translation = (upstream: Dialect) => findTranslation('openai-chat', upstream)!.stream(context);
  const MEGABYTE = Buffer.alloc(1024 * 1024, 0x61);

  it.each<readonly [string, () => AnswerStream]>([
    ['the byte lane', () => new StreamFilter(CHAT)],
    ['server-sent events', () => translation('anthropic-messages')],
    ['quirks', edited],
  ])('is refused by %s once it is too large', (_, open) => {
    const stream = open();
    let taken = 0;
    expect(() => {
      for (; taken < 40; taken++) stream.push(MEGABYTE);
    }).toThrow('too large');
    expect(taken).toBe(MAX_FRAME_BYTES / MEGABYTE.length);
  });

  it("is refused by the reader of Amazon's events by its length", () => {
    const head = Buffer.alloc(12);
    head.writeUInt32BE(MAX_FRAME_BYTES + 1);
    expect(() => translation('bedrock-converse').push(head)).toThrow('impossible length');
  });
});

const CHAT = { operation: 'chat', dialect: 'openai-chat', model: 'p', hideUsage: true } as const;

/** A chat stream whose calls and thoughts are taken out of its text. */
function edited(): AnswerStream {
  const filter = new StreamFilter(CHAT);
  const out: Buffer[] = [];
  const sink = new EditingSink(
    {
      onChunk: (chunk) => void out.push(filter.push(chunk) ?? Buffer.alloc(0)),
      onEnd: () => {},
      onBreak: () => {},
    },
    [new ChoicesEdit(() => new GemmaTools()), new ChoicesEdit(() => new StrippedReasoning())],
  );
  return {
    push: (chunk) => {
      sink.onChunk(chunk);
      return Buffer.concat(out.splice(0));
    },
    finish: () => filter.finish(),
    generated: () => filter.generated(),
    usage: undefined,
    isOver: false,
    hasFailed: false,
    get isComplete() {
      return filter.isComplete;
    },
  };
}
