import { plain, Refusal, stream, textField, type Answer, type Call, type Frame, type Json } from './answer.js';
import { pieces, seedOf } from './pseudo-text.js';

const BYTES_PER_SECOND = 16_000;
const TOKENS_PER_SECOND = 10;
const WORDS_PER_SEGMENT = 8;
const PLAIN_TEXT = 'text/plain; charset=utf-8';

/** What was heard. */
interface Hearing {
  readonly words: readonly string[];
  readonly text: string;
  readonly seconds: number;
  readonly usage: { [key: string]: Json };
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** `POST /audio/transcriptions` and `/audio/translations`. Models with `whisper` in their name are billed by seconds. */
export function transcriptions(call: Call): Answer {
  const hearing = listen(call);
  const isWhisper = call.model.includes('whisper');
  const { text, usage, inputTokens, outputTokens } = hearing;
  if (call.body.stream === 'true' && !isWhisper) return stream(events(hearing), inputTokens);
  const counts = { inputTokens, outputTokens };
  switch (call.directives.transcript ?? textField(call.body, 'response_format', 'json')) {
    case 'text':
      return plain(`${text}\n`, { ...counts, contentType: PLAIN_TEXT });
    case 'srt':
      return plain(subtitles(hearing, ','), { ...counts, contentType: PLAIN_TEXT });
    case 'vtt':
      return plain(`WEBVTT\n\n${subtitles(hearing, '.')}`, { ...counts, contentType: PLAIN_TEXT });
    case 'verbose_json':
      return plain(verbose(call, hearing), counts);
    case 'json':
      return plain({ text, usage }, counts);
    default:
      throw new Refusal(400, "Invalid 'response_format'.", { param: 'response_format', code: 'invalid_value' });
  }
}

function listen({ files, model, directives }: Call): Hearing {
  const file = files.find(({ field }) => field === 'file');
  if (!file) throw new Refusal(400, "Missing required parameter: 'file'.", { param: 'file' });
  const seconds = Math.max(1, Math.round(file.data.length / BYTES_PER_SECOND));
  const words = pieces(seedOf(file.data.toString('latin1', 0, 4096)), directives.tokens ?? 12);
  if (model.includes('whisper')) {
    const usage = { type: 'duration', seconds };
    return { words, text: words.join(''), seconds, usage, inputTokens: 0, outputTokens: 0 };
  }
  const inputTokens = seconds * TOKENS_PER_SECOND;
  const usage = {
    type: 'tokens',
    input_tokens: inputTokens,
    input_token_details: { text_tokens: 0, audio_tokens: inputTokens },
    output_tokens: words.length,
    total_tokens: inputTokens + words.length,
  };
  return { words, text: words.join(''), seconds, usage, inputTokens, outputTokens: words.length };
}

interface Segment {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function segmentsOf({ words, seconds }: Hearing): Segment[] {
  const perWord = seconds / words.length;
  return Array.from({ length: Math.ceil(words.length / WORDS_PER_SEGMENT) }, (_, index) => {
    const from = index * WORDS_PER_SEGMENT;
    const to = Math.min(words.length, from + WORDS_PER_SEGMENT);
    return { start: from * perWord, end: to * perWord, text: words.slice(from, to).join('').trim() };
  });
}

function subtitles(hearing: Hearing, decimalMark: string): string {
  const cue = ({ start, end, text }: Segment, index: number): string =>
    `${decimalMark === ',' ? `${index + 1}\n` : ''}${stamp(start, decimalMark)} --> ${stamp(end, decimalMark)}\n${text}\n`;
  return `${segmentsOf(hearing).map(cue).join('\n')}\n`;
}

function stamp(seconds: number, decimalMark: string): string {
  const text = new Date(Math.round(seconds * 1000)).toISOString();
  return text.slice(11, 23).replace('.', decimalMark);
}

function verbose({ body }: Call, hearing: Hearing): { [key: string]: Json } {
  const perWord = hearing.seconds / hearing.words.length;
  const granularities = body.timestamp_granularities;
  const wantsWords = Array.isArray(granularities) && granularities.includes('word');
  const words = hearing.words.map((word, i) => ({ word: word.trim(), start: i * perWord, end: (i + 1) * perWord }));
  const segments = segmentsOf(hearing).map(({ start, end, text }, id) => ({
    id,
    seek: 0,
    start,
    end,
    text,
    tokens: [50364 + id],
    temperature: 0,
    avg_logprob: -0.25,
    compression_ratio: 1.2,
    no_speech_prob: 0.01,
  }));
  return {
    task: 'transcribe',
    language: 'english',
    duration: hearing.seconds,
    text: hearing.text,
    segments,
    ...(wantsWords ? { words } : {}),
    usage: hearing.usage,
  };
}

function* events({ words, text, usage }: Hearing): Generator<Frame> {
  for (const delta of words) yield { data: JSON.stringify({ type: 'transcript.text.delta', delta }), tokens: 1 };
  yield { data: JSON.stringify({ type: 'transcript.text.done', text, usage }), tokens: 0, hasUsage: true };
}
