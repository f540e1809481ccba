import type { LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import type { Operation } from '../../snapshot/snapshot.js';
import { subtitlesLengthMs, waveLengthMs } from '../usage/audio-length.js';
import type { TokenCounter } from '../usage/token-counter.js';
import type { Call } from './call.js';
import type { CallBody } from './call-body.js';
import type { Generated } from './call-end.js';

const PROMPT_MEMBERS = ['messages', 'input', 'prompt', 'documents'] as const;
const BYTES_PER_TOKEN = 4;

/** Works out what a call used when its provider did not say; always flagged as estimated. */
export class Estimator {
  constructor(private readonly counter: Pick<TokenCounter, 'count'>) {}

  async estimate({ body, operation }: Call, generated: Generated | undefined): Promise<LedgerUsage> {
    if (!body) return NO_USAGE;
    const estimated = { ...NO_USAGE, usage_source: 'estimated' } as const;
    if (operation === 'speech') return { ...estimated, characters: characters(body.text('input') ?? '') };
    if (operation === 'image') return { ...estimated, images: body.number('n') ?? 1 };
    const { text, omittedBytes } = generated ?? { text: '', omittedBytes: 0 };
    const { inputTokens, outputTokens } = await this.counter.count(prompt(body), text);
    return {
      ...estimated,
      audio_ms: isAboutAudio(operation) ? subtitlesLengthMs(text) || waveLengthMs(body.raw) : 0,
      input_tokens: inputTokens,
      output_tokens: outputTokens + Math.ceil(omittedBytes / BYTES_PER_TOKEN),
    };
  }
}

function isAboutAudio(operation: Operation): boolean {
  return operation === 'transcription' || operation === 'translation';
}

/** As providers count them: code points, not UTF-16 units. */
function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The JSON text of whatever the prompt is in. */
function prompt(body: CallBody): string {
  for (const name of PROMPT_MEMBERS) {
    const text = body.slice(name);
    if (text !== undefined) return text;
  }
  return '';
}
