import { hash } from 'node:crypto';
import { RESPONSE_FORMATS, type ResponseFormat } from '../snapshot/routing-entry.js';

/** A JSON body as far as facts about it are read: by member, without parsing the whole. */
export interface BodyParts {
  /** The JSON text of a member; `undefined` when there is none. */
  bytes(name: string): Buffer | undefined;
  /** The JSON texts of a member's elements; none when it is no list. */
  elements(name: string): readonly Buffer[];
}

/** How many bytes of text make a token, about. */
export const BYTES_PER_TOKEN = 4;
/** About what providers count for an image of usual size. */
const TOKENS_PER_MEDIUM = 1000;
/** Shorter files are counted as if they were text, so that an estimate is never above a token for four bytes. */
const MIN_MEDIUM_BYTES = TOKENS_PER_MEDIUM * BYTES_PER_TOKEN;

const PROMPT_MEMBERS = ['messages', 'input', 'prompt', 'system', 'instructions', 'tools'];

/** How long the prompt is, files in it included. */
export function countPromptBytes(body: BodyParts): number {
  let count = 0;
  for (const name of PROMPT_MEMBERS) count += body.bytes(name)?.length ?? 0;
  return count;
}

/** About how many tokens the prompt has: a token for four bytes, images and sounds apart. */
export function estimateInputTokens(body: BodyParts): number {
  let tokens = 0;
  for (const name of PROMPT_MEMBERS) {
    const bytes = body.bytes(name);
    if (bytes) tokens += tokensIn(bytes);
  }
  return Math.ceil(tokens);
}

function tokensIn(bytes: Buffer): number {
  if (bytes.length < MIN_MEDIUM_BYTES) return bytes.length / BYTES_PER_TOKEN;
  const media = [...mediaAfter(bytes, ';base64,'), ...mediaAfter(bytes, '"data"')];
  const mediaBytes = media.reduce((sum, length) => sum + length, 0);
  return (bytes.length - mediaBytes) / BYTES_PER_TOKEN + media.length * TOKENS_PER_MEDIUM;
}

/** The lengths of the encoded files that follow a mark. */
function mediaAfter(bytes: Buffer, mark: string): number[] {
  const lengths: number[] = [];
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) {
    const start = mark.endsWith('"') ? bytes.indexOf('"', at + mark.length) + 1 : at + mark.length;
    const length = bytes.indexOf('"', start) - start;
    if (length >= MIN_MEDIUM_BYTES && !bytes.subarray(start, start + 40).includes(';base64,')) lengths.push(length);
  }
  return lengths;
}

/** How many messages the prompt has; a text alone is one. */
export function countMessages(body: BodyParts): number {
  const messages = body.elements('messages').length || body.elements('input').length;
  return messages > 0 ? messages : Number(Boolean(body.bytes('input') ?? body.bytes('prompt')));
}

/** Whether the model is offered tools. */
export function hasTools(body: BodyParts): boolean {
  return ['tools', 'functions'].some((name) => body.elements(name).length > 0);
}

/** Whether the prompt shows images. Inside texts quotes are escaped, so a text about images is none. */
export function hasImages(body: BodyParts): boolean {
  return isAnywhere(body, ['"image_url"', '"input_image"', '"image"']);
}

/** Whether the prompt plays sounds. */
export function hasAudio(body: BodyParts): boolean {
  return isAnywhere(body, ['"input_audio"']);
}

function isAnywhere(body: BodyParts, words: readonly string[]): boolean {
  const prompt = body.bytes('messages') ?? body.bytes('input');
  return prompt !== undefined && words.some((word) => prompt.includes(word));
}

/** Whether the caller asks for thinking before the answer. */
export function wantsReasoning(body: BodyParts): boolean {
  const effort = valueOf(body, 'reasoning_effort') ?? memberOf(valueOf(body, 'reasoning'), 'effort');
  if (effort !== undefined && effort !== null) return effort !== 'none';
  const thinking = memberOf(valueOf(body, 'thinking'), 'type');
  return thinking !== undefined && thinking !== 'disabled';
}

/** What the answer's text shall be. */
export function responseFormatOf(body: BodyParts): ResponseFormat {
  const format = valueOf(body, 'response_format') ?? memberOf(valueOf(body, 'text'), 'format');
  const type = memberOf(format, 'type');
  return RESPONSE_FORMATS.find((known) => known === type) ?? 'text';
}

/** The bound that the caller sets on the answer, in tokens. */
export function maxOutputOf(body: BodyParts): number | null {
  for (const name of ['max_completion_tokens', 'max_tokens', 'max_output_tokens']) {
    const value = valueOf(body, name);
    if (typeof value === 'number') return value;
  }
  return null;
}

/** A text of the body's `metadata`; `user` may also stand in its own member, as OpenAI has it. */
export function metadataOf(body: BodyParts, key: string): string | undefined {
  const value = memberOf(valueOf(body, 'metadata'), key) ?? (key === 'user' ? valueOf(body, 'user') : undefined);
  return typeof value === 'string' ? value : undefined;
}

/** A digest of what all turns of a conversation begin with: the instructions, and the messages to the first user's. */
export function conversationOf(body: BodyParts): string | null {
  const named = valueOf(body, 'conversation');
  if (typeof named === 'string') return digestOf([Buffer.from(named)]);
  const messages = body.elements('messages').length > 0 ? body.elements('messages') : body.elements('input');
  const first = messages.findIndex((message) => /"role"\s*:\s*"user"/.test(message.toString('latin1')));
  const opening = first < 0 ? messages : messages.slice(0, first + 1);
  const alone = opening.length === 0 ? (body.bytes('input') ?? body.bytes('prompt')) : undefined;
  const parts = [body.bytes('system'), body.bytes('instructions'), ...opening, alone].filter(
    (part) => part !== undefined,
  );
  return parts.length === 0 ? null : digestOf(parts);
}

function digestOf(parts: readonly Buffer[]): string {
  return hash('sha256', Buffer.concat(parts), 'hex').slice(0, 16);
}

function valueOf(body: BodyParts, name: string): unknown {
  const bytes = body.bytes(name);
  if (!bytes) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined; // what is wrong with it is the upstream's to say
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
