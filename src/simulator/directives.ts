/**
 * What a caller wants to go wrong, written as a query: in the model id (`sim-chat?cutAfter=5&delayMs=10`) or anywhere
 * in the request (`[[simulate cutAfter=5]]`), since neither headers nor addresses get through a gateway unchanged.
 */
export interface Directives {
  /** Waits this long before the status line. */
  readonly delayMs?: number;
  /** Waits this long before each frame. */
  readonly chunkDelayMs?: number;
  /** Output tokens of the answer; the caller's own maximum still holds. */
  readonly tokens?: number;
  /** Tokens in one frame of a stream; 1 when not given. */
  readonly chunkTokens?: number;
  /** Frames written in one go; 1 when not given, so that each is flushed on its own. */
  readonly burst?: number;
  /** Bytes of padding in each frame or answer. */
  readonly padding?: number;
  /** Reasoning tokens before the answer. */
  readonly reasoning?: number;
  /** How many of the prompt's tokens count as cached. */
  readonly cached?: number;
  /** How many were written to the cache, for five minutes and for an hour (Anthropic's dialect). */
  readonly cacheWrite?: number;
  readonly cacheWrite1h?: number;
  /** Tool calls to make when the request has tools. */
  readonly toolCalls?: number;
  /** The one tool to call, if the request has it; without `toolInput`, a JSON object, its schema's example is the input. */
  readonly tool?: string;
  readonly toolInput?: string;
  /** What the model says, whatever it was asked for (`+` is a space), unless `tool` or `toolCalls` want calls first. */
  readonly say?: string;
  /** Gives transcripts in this form whatever was asked for. */
  readonly transcript?: 'json' | 'verbose_json' | 'text';
  /** Writes its tool calls into its text, as Gemma does behind servers that don't read them. */
  readonly toolText?: 'gemma';
  /** Destroys the connection after this many frames; a plain answer is cut in its middle. */
  readonly cutAfter?: number;
  /** Falls silent after this many frames, until the caller leaves. */
  readonly stallAfter?: number;
  /** Sends an error frame after this many frames, and ends. */
  readonly errorAfter?: number;
  /** Answers this status with an error body. */
  readonly status?: number;
  /** The error's `code`. */
  readonly code?: string;
  /** Seconds for the `retry-after` header of an error. */
  readonly retryAfter?: number;
  /** The `x-should-retry` header of an error. */
  readonly shouldRetry?: string;
  /** Only the first so many requests with these very directives fail; then all is well. */
  readonly failTimes?: number;
  /** Tells otherwise equal directives apart. */
  readonly key?: string;
  /** Never answers, but keeps the connection (`headers`), or destroys it without an answer (`reset`). */
  readonly hang?: 'headers' | 'reset';
  /** `none`: no usage; `every`: in each chunk; `bare`: in a chunk without choices; `unasked`: also when not asked for. */
  readonly usage?: 'none' | 'every' | 'bare' | 'unasked';
  /** Answers in streams only, and refuses what asks for none. */
  readonly only?: 'stream';
  /** Refuses this body field with 400, as older servers do `stream_options`. */
  readonly refuse?: string;
  /** `max`: takes no notice of the caller's maximum. */
  readonly ignore?: 'max';
  /** `crlf`: line ends; `nospace`: no space after `data:`. */
  readonly framing?: 'crlf' | 'nospace';
  /** A comment before every so many frames. */
  readonly pings?: number;
  /** Writes so many bytes at a time, whatever the frames' borders. */
  readonly split?: number;
  /** Leaves parts of a stream out: `done`, `finish`, `role`, joined by commas. */
  readonly omit?: string;
  readonly contentType?: string;
  /** Redirects there with 307. */
  readonly redirect?: string;
  readonly encoding?: 'gzip' | 'deflate' | 'br';
  /** Gives embeddings in this encoding whatever was asked for, as many servers do; `full`: with all dimensions. */
  readonly embeddings?: 'float' | 'base64' | 'full';
  /** How often a response in the background is shown before it has ended. */
  readonly polls?: number;
  /** How such a response ends: not well, or it is nowhere to be found. */
  readonly ends?: 'failed' | 'lost';
  /** The model name in the answer. */
  readonly answerModel?: string;
}

/** A directive that does not exist or has a wrong value; the message says which. */
export class DirectiveError extends Error {}

const NUMBERS = new Set([
  'delayMs',
  'chunkDelayMs',
  'tokens',
  'chunkTokens',
  'burst',
  'padding',
  'reasoning',
  'cached',
  'cacheWrite',
  'cacheWrite1h',
  'toolCalls',
  'cutAfter',
  'stallAfter',
  'errorAfter',
  'status',
  'retryAfter',
  'failTimes',
  'pings',
  'split',
  'polls',
]);

const TEXTS: Readonly<Record<string, RegExp>> = {
  code: /^\w+$/,
  shouldRetry: /^(true|false)$/,
  key: /./,
  tool: /^[\w.-]+$/,
  toolInput: /^\{.*\}$/s,
  say: /./,
  hang: /^(headers|reset)$/,
  usage: /^(none|every|bare|unasked)$/,
  only: /^stream$/,
  refuse: /^\w+$/,
  ignore: /^max$/,
  framing: /^(crlf|nospace)$/,
  omit: /^(done|finish|role)(,(done|finish|role))*$/,
  contentType: /./,
  redirect: /./,
  encoding: /^(gzip|deflate|br)$/,
  embeddings: /^(float|base64|full)$/,
  toolText: /^gemma$/,
  transcript: /^(json|verbose_json|text)$/,
  ends: /^(failed|lost)$/,
  answerModel: /./,
};

const CACHE_SIZE = 1000;
const NONE: Directives = {};
const parsed = new Map<string, Directives>([['', NONE]]);

/** Reads directives. Throws `DirectiveError` for one that does not exist or can't have that value. */
export function parseDirectives(query: string): Directives {
  const known = parsed.get(query);
  if (known) return known;
  const directives = Object.fromEntries(
    [...new URLSearchParams(query)].map(([name, text]) => [name, read(name, text)]),
  );
  if (parsed.size >= CACHE_SIZE) parsed.clear();
  parsed.set(query, directives);
  return directives;
}

function read(name: string, text: string): number | string {
  if (NUMBERS.has(name) && /^\d{1,9}$/.test(text)) return Number(text);
  if (TEXTS[name]?.test(text)) return text;
  throw new DirectiveError(`There is no directive ${name}=${text}.`);
}

const MARK = Buffer.from('[[simulate ');

/** The directives written inside a body: `[[simulate …]]`; empty when there are none. */
export function findDirectives(body: Buffer): string {
  const start = body.indexOf(MARK);
  if (start < 0) return '';
  const end = body.indexOf(']]', start);
  return end < 0 ? '' : body.toString('latin1', start + MARK.length, end).trim();
}
