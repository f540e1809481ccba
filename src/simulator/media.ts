import { createHash } from 'node:crypto';
import { countField, isObject, listOf, plain, Refusal, stream, textField } from './answer.js';
import type { Answer, Call, Frame, Json, JsonObject } from './answer.js';
import { countTokens } from './pseudo-text.js';

const AUDIO_TYPES: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
};
const BYTES_PER_CHARACTER = 200;
const CHUNK_BYTES = 4096;
/** A 1 × 1 PNG. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const TOKENS_PER_IMAGE = 272;
const CATEGORIES = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/instructions',
  'self-harm/intent',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
];

/** `POST /audio/speech`: bytes as long as the text, or events when `stream_format` is `sse`. */
export function speech({ body }: Call): Answer {
  const input = textField(body, 'input');
  const format = textField(body, 'response_format', 'mp3');
  const contentType = AUDIO_TYPES[format];
  if (!contentType) throw new Refusal(400, `Invalid 'response_format': ${format}.`, { param: 'response_format' });
  const bytes = Buffer.alloc(input.length * BYTES_PER_CHARACTER, createHash('sha256').update(input).digest());
  const inputTokens = countTokens(input);
  if (body.stream_format === 'sse') return stream(speechEvents(bytes, inputTokens), inputTokens);
  const frames = chunksOf(bytes).map((data) => ({ data, tokens: 0 }));
  return {
    status: 200,
    contentType,
    headers: { 'transfer-encoding': 'chunked' },
    isStreamed: true,
    frames,
    inputTokens,
  };
}

function* speechEvents(bytes: Buffer, input: number): Generator<Frame> {
  const output = Math.ceil(bytes.length / 100);
  const chunks = chunksOf(bytes);
  for (const [index, chunk] of chunks.entries()) {
    const tokens = Math.floor(((index + 1) * output) / chunks.length) - Math.floor((index * output) / chunks.length);
    yield { data: JSON.stringify({ type: 'speech.audio.delta', audio: chunk.toString('base64') }), tokens };
  }
  const usage = { input_tokens: input, output_tokens: output, total_tokens: input + output };
  yield { data: JSON.stringify({ type: 'speech.audio.done', usage }), tokens: 0, hasUsage: true };
}

function chunksOf(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / CHUNK_BYTES);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
}

/** `POST /images/generations` and `/images/edits`. */
export function images(call: Call): Answer {
  const { body, createdSeconds } = call;
  const prompt = textField(body, 'prompt');
  const count = countField(body, 'n') ?? 1;
  const image = body.response_format === 'url' ? { url: `https://images.example/${call.id}.png` } : { b64_json: PIXEL };
  const textTokens = countTokens(prompt);
  const imageTokens = call.files.filter(({ field }) => field.startsWith('image')).length * TOKENS_PER_IMAGE;
  const inputTokens = textTokens + imageTokens;
  const outputTokens = count * TOKENS_PER_IMAGE;
  const usage = {
    total_tokens: inputTokens + outputTokens,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    input_tokens_details: { text_tokens: textTokens, image_tokens: imageTokens },
  };
  const answer = { created: createdSeconds, data: Array.from({ length: count }, () => image), usage };
  return plain(answer, { inputTokens, outputTokens });
}

/** `POST /images/edits`, which must bring a picture. */
export function imageEdits(call: Call): Answer {
  const hasImage = call.files.some(({ field }) => field === 'image' || field === 'image[]');
  if (!hasImage) throw new Refusal(400, "Missing required parameter: 'image'.", { param: 'image' });
  return images(call);
}

/** `POST /moderations`: flags what mentions an attack. */
export function moderations({ id, model, body }: Call): Answer {
  const inputs = typeof body.input === 'string' ? [body.input] : textsOf(body.input);
  if (inputs.length === 0) throw new Refusal(400, "Missing required parameter: 'input'.", { param: 'input' });
  const inputTokens = inputs.reduce((sum, input) => sum + countTokens(input), 0);
  return plain({ id: `modr-${id}`, model, results: inputs.map(verdict) }, { inputTokens });
}

function textsOf(input: Json | undefined): string[] {
  return listOf(input).map((item) => (isObject(item) ? String(item.text ?? '') : String(item)));
}

function verdict(input: string): JsonObject {
  const isFlagged = /attack/i.test(input);
  const flags = CATEGORIES.map((name) => [name, isFlagged && name === 'violence'] as const);
  return {
    flagged: isFlagged,
    categories: Object.fromEntries(flags),
    category_scores: Object.fromEntries(flags.map(([name, flag]) => [name, flag ? 0.98 : 0.0001])),
    category_applied_input_types: Object.fromEntries(flags.map(([name]) => [name, ['text']])),
  };
}
