import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { parentPort } from 'node:worker_threads';

/** What the worker counts: request members and generated text, both as JSON text. */
export interface CountJob {
  readonly id: number;
  /** The `messages`, `input`, `prompt`… of a request, as JSON. */
  readonly prompt: string;
  /** Generated text, escaped as inside a JSON string. */
  readonly output: string;
}

export interface CountResult {
  readonly id: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** OpenAI's published framing: each message costs 3 tokens besides its texts, and the answer is primed with 3. */
const TOKENS_PER_MESSAGE = 3;
const PRIMING_TOKENS = 3;
/** A 1024 × 1024 image at high detail by OpenAI's tile rule: 85 + 4 × 170. */
const TOKENS_PER_IMAGE = 765;

parentPort?.on('message', (job: CountJob) => {
  const result: CountResult = {
    id: job.id,
    inputTokens: promptTokens(job.prompt),
    outputTokens: outputTokens(job.output),
  };
  parentPort?.postMessage(result);
});

function promptTokens(json: string): number {
  if (json === '') return 0;
  const prompt = parse(json);
  if (typeof prompt === 'string') return countTokens(prompt);
  if (!Array.isArray(prompt)) return textTokens(prompt);
  if (prompt.every((item) => typeof item === 'number')) return prompt.length;
  const isChat = prompt.some((item) => typeof item === 'object' && item !== null && 'role' in item);
  const framing = isChat ? prompt.length * TOKENS_PER_MESSAGE + PRIMING_TOKENS : 0;
  return framing + textTokens(prompt);
}

/** The tokens of every text inside a value; token ids count as themselves. */
function textTokens(value: unknown): number {
  if (typeof value === 'string') return value.startsWith('data:') ? TOKENS_PER_IMAGE : countTokens(value);
  if (typeof value === 'number') return 1;
  if (typeof value !== 'object' || value === null) return 0;
  if (isMedia(value)) return TOKENS_PER_IMAGE;
  let total = 0;
  for (const member of Object.values(value)) total += textTokens(member);
  return total;
}

/** Bytes of a picture, a file or a sound, as other dialects than that of data URLs have them: beside what they are. */
function isMedia(value: object): boolean {
  if (!('data' in value) || typeof value.data !== 'string') return false;
  return 'media_type' in value || 'mimeType' in value || 'format' in value;
}

function outputTokens(escaped: string): number {
  if (escaped === '') return 0;
  try {
    return countTokens(JSON.parse(`"${escaped}"`) as string);
  } catch {
    return countTokens(escaped); // cut in the middle of an escape
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
