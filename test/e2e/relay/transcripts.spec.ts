import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';

let simulator: Simulator;
let ground: RelayGround;
let token: string;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: 'upstream-key' });
  ground = await startRelayGround();
  token = ground.token();
  for (const name of ['obedient', 'json', 'verbose_json', 'text']) {
    const upstreamId = name === 'obedient' ? 'sim-whisper' : `sim-whisper?transcript=${name}`;
    ground.route({ name, model: { upstreamId, operation: 'transcription' }, provider: { origin: simulator.url } });
  }
});
afterAll(async () => {
  await simulator?.close();
  await ground?.close();
});

const transcribe = (model: string, format?: string): Promise<Response> => {
  const body = new FormData();
  body.set('model', model);
  if (format) body.set('response_format', format);
  body.set('file', new Blob([Buffer.alloc(32_000, 'bzz')]), 'bees.wav');
  return fetch(`${ground.url}/v1/audio/transcriptions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body,
  });
};

describe('a transcript', () => {
  it.each([
    ['text', 'json'],
    ['text', 'verbose_json'],
    ['srt', 'verbose_json'],
    ['vtt', 'verbose_json'],
    ['json', 'text'],
    [undefined, 'text'],
  ])('is %s where that was asked for, though the server gives %s', async (format, model) => {
    const [wished, expected] = await Promise.all([transcribe(model, format), transcribe('obedient', format)]);
    expect(wished.headers.get('content-type')).toBe(expected.headers.get('content-type'));
    const [text, right] = await Promise.all([wished.text(), expected.text()]);
    if (format === 'json' || format === undefined) {
      expect(JSON.parse(text)).toEqual({ text: (JSON.parse(right) as { text: string }).text });
    } else expect(text).toBe(right);
    expect(wished.headers.get('x-waggle-dropped')).toBeNull();
    expect(await ground.row(wished)).toMatchObject({ outcome: 'ok', audio_ms: expect.any(Number) });
  });

  it.each([
    ['srt', 'json'],
    ['vtt', 'json'],
    ['verbose_json', 'json'],
    ['verbose_json', 'text'],
  ])('says so where %s was asked for and can not be made of %s', async (format, model) => {
    const answer = await transcribe(model, format);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-waggle-dropped')).toBe('response_format');
  });

  it.each(['json', 'text', 'srt', 'verbose_json', 'vtt'])('passes as %s from a server that obeys', async (format) => {
    const answer = await transcribe('obedient', format);
    expect(answer.headers.get('x-waggle-dropped')).toBeNull();
    expect(await answer.text()).toContain(format === 'srt' || format === 'vtt' ? '-->' : 'The');
  });
});
