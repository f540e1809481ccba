import type { LedgerUsage } from '../../journal/ledger-record.js';
import type { JsonObject, ModelEntry } from '../../snapshot/snapshot.js';
import { withTurns } from '../body/added-turns.js';
import type { InFlight } from '../client/in-flight.js';
import { ChatThread } from '../thread/chat-thread.js';
import { parseObject } from '../translate/json.js';
import { ERROR_CLASSES } from '../upstream/error-classes.js';
import type { Call } from './call.js';
import { CallFailure, type Trouble } from './call-failure.js';
import { JsonCallBody, type CallBody } from './call-body.js';

/** The capability of models that go on with what the last message begins. */
const PREFILL = 'assistant_prefill';
const WISH =
  'Your answer above was cut off by a network error. Continue it exactly where it stops: begin with the very next ' +
  'character, repeat nothing of it, add no introduction, and finish it as you would have.';
const OUTPUT_FIELDS = ['max_completion_tokens', 'max_tokens'] as const;
/** Members that ask for more than plain text. */
const BEYOND_TEXT = ['modalities', 'audio', 'functions'] as const;

/** A stream that broke off while another upstream may go on with it. The attempt was paid for. */
export class CutAnswer extends CallFailure {
  constructor(trouble: Trouble, usage: LedgerUsage) {
    super(trouble, usage);
  }
}

/** What a client gets of a chat that others may go on with; `undefined` where its profile does not want that, or it can't be. */
export function threadOf(call: Call): ChatThread | undefined {
  if (call.thread || mostContinuations(call) === 0) return call.thread;
  return (call.thread = isPlainChat(call) ? new ChatThread() : undefined);
}

/** How often the profile lets others go on with a stream that broke off. */
export function mostContinuations({ profile }: Pick<Call, 'profile'>): number {
  return profile?.attempts?.continuations ?? 0;
}

/** Whether somebody else shall go on with a stream after such trouble. */
export function isContinued(call: Call, { errorClass }: Trouble): boolean {
  const { thread } = call;
  if (!thread?.isOpen || call.cut || thread.cuts >= mostContinuations(call)) return false;
  return ERROR_CLASSES[errorClass].others === 'any';
}

/** Puts the body of the call in place that asks a model to go on. */
export function askToGoOn(call: Call, model: ModelEntry, inFlight: InFlight): void {
  const { thread } = call;
  if (!thread || thread.cuts === 0 || !call.body) return;
  call.asked ??= call.body;
  const raw = thread.text.trim() === '' ? call.asked.raw : withTurns(call.asked.raw, turnsFor(thread.text, model));
  call.heldBytes += raw.length;
  inFlight.hold(raw.length);
  call.body = new JsonCallBody(raw);
}

/** What is left of the caller's maximum. */
export function restOfMaximum(body: CallBody | undefined, { used }: ChatThread): JsonObject | undefined {
  const rest: JsonObject = {};
  for (const name of OUTPUT_FIELDS) {
    const most = body?.number(name);
    if (most !== undefined) rest[name] = Math.max(1, most - used.output_tokens);
  }
  return Object.keys(rest).length > 0 ? rest : undefined;
}

function turnsFor(text: string, { capabilities }: ModelEntry): object[] {
  const begun = { role: 'assistant', content: text };
  const isPrefilled = capabilities.has(PREFILL) && !/\s$/.test(text);
  return isPrefilled ? [begun] : [begun, { role: 'user', content: WISH }];
}

function isPlainChat({ endpoint, operation, body, format }: Call): boolean {
  if (endpoint.dialect !== 'openai-chat' || operation !== 'chat' || format) return false;
  return body !== undefined && body.isStreamed && body.elements('messages').length > 0 && asksForText(body);
}

function asksForText(body: CallBody): boolean {
  if ((body.number('n') ?? 1) !== 1 || BEYOND_TEXT.some((name) => body.slice(name) !== undefined)) return false;
  const { type = 'text' } = parseObject(body.slice('response_format') ?? '{}') ?? {};
  return type === 'text';
}
