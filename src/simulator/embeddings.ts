import { countField, listOf, plain, Refusal, type Answer, type Call, type Json } from './answer.js';
import { countTokens, seedOf } from './pseudo-text.js';

const DEFAULT_DIMENSIONS = 256;

/** `POST /embeddings`: unit vectors, the same for the same text; base64 is little-endian float32. */
export function embeddings(call: Call): Answer {
  const { body, directives, model } = call;
  const inputs = inputsOf(body.input);
  const asked = countField(body, 'dimensions') ?? DEFAULT_DIMENSIONS;
  const dimensions = directives.embeddings === 'full' ? DEFAULT_DIMENSIONS : asked;
  const isWished = directives.embeddings === undefined || directives.embeddings === 'full';
  const isBase64 = isWished ? body.encoding_format === 'base64' : directives.embeddings === 'base64';
  const data = inputs.map(({ text }, index) => {
    const vector = vectorOf(seedOf(text), dimensions);
    return { object: 'embedding', index, embedding: isBase64 ? toBase64(vector) : vector };
  });
  const inputTokens = inputs.reduce((sum, { tokens }) => sum + tokens, 0);
  const usage = directives.usage === 'none' ? {} : { usage: { prompt_tokens: inputTokens, total_tokens: inputTokens } };
  return plain({ object: 'list', data, model, ...usage }, { inputTokens, headers: { 'openai-model': model } });
}

function inputsOf(input: Json | undefined): { text: string; tokens: number }[] {
  if (typeof input === 'string') return [{ text: input, tokens: countTokens(input) }];
  const list = listOf(input);
  if (list.length === 0) {
    throw new Refusal(400, "'$.input' is invalid. Please check the API reference.", { param: 'input' });
  }
  if (typeof list[0] === 'number') return [{ text: list.join(' '), tokens: list.length }];
  return list.flatMap(inputsOf);
}

function vectorOf(seed: number, dimensions: number): number[] {
  let state = seed || 1;
  const raw = Array.from({ length: dimensions }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 0x1_0000_0000 - 0.5;
  });
  const length = Math.hypot(...raw);
  return raw.map((value) => Math.fround(value / length)); // float32, so that both encodings carry the same numbers
}

function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}
