import { subtitlesLengthMs, waveLengthMs } from './audio-length.js';

describe(subtitlesLengthMs.name, () => {
  it.each([
    ['SubRip', '1\n00:00:00,000 --> 00:00:02,000\na\n\n2\n00:00:02,000 --> 01:02:03,456\nb\n', 3_723_456],
    ['WebVTT without hours', 'WEBVTT\n\n00:01.000 --> 01:04.500\na\n', 64_500],
    ['a text', 'from 1 --> 2', 0],
  ])('reads the end of %s', (_, text, milliseconds) => {
    expect(subtitlesLengthMs(text)).toBe(milliseconds);
  });
});

describe(waveLengthMs.name, () => {
  /** 16,000 bytes a second, somewhere inside other bytes. */
  const wave = (announced: number, bytes: number): Buffer => {
    const header = Buffer.alloc(44);
    header.write('RIFF', 0);
    header.write('WAVEfmt ', 8);
    header.writeUInt32LE(16, 16);
    header.writeUInt32LE(16_000, 28);
    header.write('data', 36);
    header.writeUInt32LE(announced, 40);
    return Buffer.concat([Buffer.from('--form\r\n\r\n'), header, Buffer.alloc(bytes)]);
  };

  it.each([
    ['by its announced size', wave(8000, 9000), 500],
    ['by what is there when the size is open', wave(0xffffffff, 32_000), 2000],
    ['not of another format', Buffer.from('ID3 and no RIFF'), 0],
    ['not when it is cut', wave(0, 0).subarray(0, 30), 0],
  ])('measures %s', (_, raw, milliseconds) => {
    expect(waveLengthMs(raw)).toBe(milliseconds);
  });
});
