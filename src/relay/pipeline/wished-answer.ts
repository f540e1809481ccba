import { wishedEmbeddings, type WishedEmbeddings } from '../answer/embeddings.js';
import { TRANSCRIPT_FORMATS, transcriptAs } from '../answer/transcript.js';
import { JsonScanError } from '../body/json-scan.js';
import { Notes } from '../translate/notes.js';
import type { Call } from './call.js';
import type { Shown } from './formats.js';

/** Embeddings as their client asked for them, where the upstream paid no attention; everything else as it came. */
export function wishedVectors(call: Call, raw: Buffer): Buffer {
  if (call.operation !== 'embeddings') return raw;
  const encoding = call.body?.text('encoding_format') ?? 'float';
  if (encoding !== 'float' && encoding !== 'base64') return raw; // a provider's own
  try {
    return told(call, wishedEmbeddings(raw, { encoding, dimensions: call.body?.number('dimensions') }));
  } catch (error) {
    if (error instanceof JsonScanError) return raw; // for its reader to refuse
    throw error;
  }
}

function told(call: Call, { body, isCut, isShort }: WishedEmbeddings): Buffer {
  if (isCut) notesOf(call).lose('dimensions');
  if (isShort) notesOf(call).drop('dimensions');
  return body;
}

/** A transcript as its client asked for it, where the upstream paid no attention; what can't be made of it is told. */
export function wishedTranscript(call: Call, given: Shown): Shown {
  if (call.operation !== 'transcription' && call.operation !== 'translation') return given;
  const format = TRANSCRIPT_FORMATS.find((one) => one === (call.body?.text('response_format') ?? 'json'));
  if (!format) return given; // a provider's own
  const wished = transcriptAs(format, given);
  if (!wished) notesOf(call).drop('response_format');
  return wished ?? given;
}

function notesOf(call: Call): Notes {
  return (call.notes ??= new Notes());
}
