const SUBTITLE_END = /-->\s*(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{3})/g;
const BYTE_RATE_AT = 28;
const CHUNKS_AT = 12;

/** How long a recording is by the end of its last subtitle (SubRip or WebVTT); 0 when there is none. Milliseconds. */
export function subtitlesLengthMs(text: string): number {
  let last: RegExpExecArray | undefined;
  for (const match of text.matchAll(SUBTITLE_END)) last = match;
  if (!last) return 0;
  const [, hours = '0', minutes = '0', seconds = '0', milliseconds = '0'] = last;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(milliseconds);
}

/** How long the first RIFF WAVE recording inside these bytes is; 0 when there is none. Milliseconds. */
export function waveLengthMs(raw: Buffer): number {
  const start = raw.indexOf('RIFF', 0, 'latin1');
  if (start < 0 || raw.toString('latin1', start + 8, start + CHUNKS_AT) !== 'WAVE') return 0;
  const data = raw.indexOf('data', start + CHUNKS_AT, 'latin1');
  if (data < 0 || data + 8 > raw.length) return 0;
  const byteRate = raw.readUInt32LE(start + BYTE_RATE_AT);
  // Recorders that stream leave the size open, as the largest number.
  const size = Math.min(raw.readUInt32LE(data + 4), raw.length - data - 8);
  return byteRate === 0 ? 0 : Math.round((size * 1000) / byteRate);
}
