import type { Operation } from '../snapshot/snapshot.js';

/** What else tells what a model does. */
export interface Hints {
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
}

const BY_NAME: readonly (readonly [RegExp, Operation])[] = [
  [/rerank/, 'rerank'],
  [/embed|(^|[/-])(bge|gte|e5|voyage)-/, 'embeddings'],
  [/whisper|transcri|scribe|voxtral-mini-transcribe/, 'transcription'],
  [/(^|[/-])tts|text-to-speech/, 'speech'],
  [/moderation|guard/, 'moderation'],
  [/dall-e|gpt-image|imagen|flux|stable-diffusion|seedream|-image(-|$)/, 'image'],
  [
    /-instruct-0914|gpt-3\.5-turbo-instruct|^(babbage|davinci|ada|curie)(-|$)|^text-(davinci|curie|babbage|ada)-/,
    'completion',
  ],
];

/** Guesses what a model is called for, since no public catalogue says it. Modalities weigh more than names. */
export function inferOperation(id: string, hints: Hints = {}): Operation {
  const name = id.toLowerCase();
  return byModality(hints) ?? BY_NAME.find(([pattern]) => pattern.test(name))?.[1] ?? 'chat';
}

function byModality({ inputs = [], outputs = [] }: Hints): Operation | undefined {
  if (isOnly(outputs, 'image')) return 'image';
  if (isOnly(outputs, 'audio') && !inputs.includes('audio')) return 'speech';
  if (isOnly(inputs, 'audio') && isOnly(outputs, 'text')) return 'transcription';
  return undefined;
}

function isOnly(modalities: readonly string[], one: string): boolean {
  return modalities.length > 0 && modalities.every((modality) => modality === one);
}

const LIKE: readonly (readonly Operation[])[] = [
  ['chat', 'completion', 'responses'],
  ['transcription', 'translation'],
];

/** Whether a model that is known for `known` may well be called for `wanted`. */
export function operationFits(known: Operation, wanted: Operation): boolean {
  return known === wanted || LIKE.some((group) => group.includes(known) && group.includes(wanted));
}
