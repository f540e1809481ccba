import type { JsonObject } from '../../snapshot/snapshot.js';
import { numberOf, objectsOf, parseObject, textOf, textOr } from '../translate/json.js';

/** The forms of transcripts that OpenAI has. */
export const TRANSCRIPT_FORMATS = ['json', 'text', 'srt', 'verbose_json', 'vtt'] as const;
export type TranscriptFormat = (typeof TRANSCRIPT_FORMATS)[number];

/** A transcript and its content type. */
export interface Transcript {
  readonly body: Buffer;
  readonly type: string;
}

const PLAIN = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json';

/** A transcript in the form that was asked for; itself when it has it, `undefined` when that can't be made of it. */
export function transcriptAs(format: TranscriptFormat, given: Transcript): Transcript | undefined {
  const isJson = given.type.startsWith(JSON_TYPE);
  if (format === 'json') return isJson ? given : { body: textInJson(given.body), type: JSON_TYPE };
  if (format === 'verbose_json') return isJson && isVerbose(given.body) ? given : undefined;
  if (!isJson) return given;
  const json = parseObject(given.body.toString());
  const text = json && written(format, json);
  return text === undefined ? undefined : { body: Buffer.from(text), type: PLAIN };
}

/** Silence makes no segments, but it lasts. */
function isVerbose(body: Buffer): boolean {
  const json = parseObject(body.toString()) ?? {};
  return 'segments' in json || 'duration' in json;
}

function textInJson(body: Buffer): Buffer {
  return Buffer.from(JSON.stringify({ text: body.toString().trimEnd() }));
}

function written(format: 'text' | 'srt' | 'vtt', json: JsonObject): string | undefined {
  if (format === 'text') return textOf(json.text) === undefined ? undefined : `${textOr(json.text)}\n`;
  if (!Array.isArray(json.segments)) return undefined;
  const cues = objectsOf(json.segments).map((segment, index) => cue(format, segment, index));
  return format === 'srt' ? `${cues.join('\n')}\n` : `WEBVTT\n\n${cues.join('\n')}\n`;
}

function cue(format: 'srt' | 'vtt', { start, end, text }: JsonObject, index: number): string {
  const [from, to] = [start, end].map((value) => stamp(numberOf(value) ?? 0, format === 'srt' ? ',' : '.'));
  return `${format === 'srt' ? `${index + 1}\n` : ''}${from} --> ${to}\n${textOr(text).trim()}\n`;
}

/** `HH:MM:SS,mmm`. */
function stamp(seconds: number, mark: string): string {
  const ms = Math.max(0, Math.round(seconds * 1000));
  const parts = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
  const time = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return `${time}${mark}${String(ms % 1000).padStart(3, '0')}`;
}
