import type { Directives } from './directives.js';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** An uploaded file of a form. */
export interface FormFile {
  readonly field: string;
  readonly name: string;
  readonly contentType: string;
  readonly data: Buffer;
}

/** A call that was read and understood, ready to be answered. */
export interface Call {
  /** 32 hex digits; the ids in the answer are made of it. */
  readonly id: string;
  readonly createdSeconds: number;
  /** The model's name as answers carry it. */
  readonly model: string;
  readonly directives: Directives;
  /** The JSON body, or the fields of a form. */
  readonly body: JsonObject;
  readonly files: readonly FormFile[];
}

/** One piece of an answer: an event of a stream, or all of a plain answer. */
export interface Frame {
  readonly data: string | Buffer;
  /** The `event:` line of a stream. */
  readonly event?: string;
  /** Output tokens that the receiver has once it has this frame. */
  readonly tokens: number;
  readonly hasUsage?: boolean;
}

/** What goes back. A stream's frames are made one by one, so that a huge answer takes no memory. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isStreamed: boolean;
  readonly frames: Iterable<Frame>;
  readonly inputTokens: number;
  /** What a stream says when it fails after so many frames. */
  readonly failure?: (framesSent: number) => Frame;
  /** What of it can be asked for again. */
  readonly kept?: KeptResponse;
}

/** A response that can be asked for again, and what it was made of. */
export interface KeptResponse {
  readonly response: JsonObject;
  readonly input: readonly Json[];
  /** Its events, once more. */
  readonly events: () => Iterable<Frame>;
  /** Of one that is made in the background: how that goes. */
  readonly making?: { readonly polls: number; readonly ends: 'well' | 'failed' | 'lost' };
}

export const JSON_TYPE = 'application/json';
export const EVENT_STREAM = 'text/event-stream; charset=utf-8';

/** A plain answer of one piece. */
export function plain(body: object | string, parts: Partial<Answer> & { outputTokens?: number }): Answer {
  const { outputTokens = 0, ...rest } = parts;
  const data = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const frames = [{ data, tokens: outputTokens, hasUsage: true }];
  return { status: 200, contentType: JSON_TYPE, isStreamed: false, inputTokens: 0, ...rest, frames };
}

/** An answer of server-sent events. */
export function stream(frames: Iterable<Frame>, inputTokens: number, failure: Answer['failure'] = failed): Answer {
  return { status: 200, contentType: EVENT_STREAM, isStreamed: true, frames, inputTokens, failure };
}

function failed(): Frame {
  return { data: JSON.stringify(errorBody(UPSET, { type: 'server_error' })), tokens: 0 };
}

/** What OpenAI says when it breaks down. */
export const UPSET = 'The server had an error while processing your request. Sorry about that!';

/** A refusal. In OpenAI's shape all four keys are always there. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly detail: { type?: string; param?: string | null; code?: string | null } = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  /** In OpenAI's dialect. */
  toAnswer(): Answer {
    return plain(errorBody(this.message, { ...this.detail, type: this.detail.type ?? typeOf(this.status) }), {
      status: this.status,
      headers: this.headers,
    });
  }
}

/** The body of an error, or of an error frame. */
export function errorBody(
  message: string,
  detail: { type: string; param?: string | null; code?: string | null },
): JsonObject {
  return { error: { message, type: detail.type, param: detail.param ?? null, code: detail.code ?? null } };
}

function typeOf(status: number): string {
  if (status === 429) return 'requests';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}

/** A field that must be a text; `fallback` when it is missing. */
export function textField(body: JsonObject, name: string, fallback?: string): string {
  const value = body[name] ?? fallback;
  if (typeof value === 'string') return value;
  throw new Refusal(400, `Invalid type for '${name}': expected a string.`, { param: name, code: 'invalid_type' });
}

/** A field that must be a whole number of at least 1, when it is there. */
export function countField(body: JsonObject, name: string): number | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined) return undefined;
  const number = typeof value === 'string' ? Number(value) : value; // forms have texts only
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1) return number;
  throw new Refusal(400, `Invalid value for '${name}': expected an integer of at least 1.`, {
    param: name,
    code: 'integer_below_min_value',
  });
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The list, or nothing when the value isn't one. */
export function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
