import fc from 'fast-check';
import { MultipartBody, MultipartError } from './multipart-body.js';

async function encoded(form: FormData): Promise<{ raw: Buffer; type: string }> {
  const response = new Response(form);
  return { raw: Buffer.from(await response.arrayBuffer()), type: response.headers.get('content-type') ?? '' };
}

async function decoded(raw: Buffer, type: string): Promise<FormData> {
  return new Response(raw, { headers: { 'content-type': type } }).formData();
}

describe(MultipartBody.name, () => {
  it('gives the model another name and leaves every other part as it came, for any file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.string(), async (bytes, prompt) => {
        const form = new FormData();
        form.append('file', new Blob([bytes], { type: 'audio/wav' }), 'speech.wav');
        form.append('model', 'profile');
        form.append('prompt', prompt);
        form.append('timestamp_granularities[]', 'word');
        form.append('timestamp_granularities[]', 'segment');
        const { raw, type } = await encoded(form);
        const body = MultipartBody.read(raw, type);
        expect(body.field('model')).toBe('profile');
        expect(body.field('file')).toBeUndefined();

        const result = await decoded(
          Buffer.concat(body.with({ model: 'a much longer upstream name', missing: 'x' })),
          type,
        );
        expect(result.get('model')).toBe('a much longer upstream name');
        expect(result.getAll('timestamp_granularities[]')).toEqual(['word', 'segment']);
        expect(result.has('missing')).toBe(false);
        const file = result.get('file') as File;
        expect(file.name).toBe('speech.wav');
        expect(new Uint8Array(await file.arrayBuffer())).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  const part = (name: string, value: string) =>
    `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const type = 'multipart/form-data; boundary=b';
  it.each([
    ['no boundary', 'multipart/form-data', part('model', 'm') + '--b--'],
    ['a boundary that never comes', type, 'nothing'],
    ['a cut form', type, part('model', 'm').slice(0, -4)],
    ['a cut header', type, '--b\r\ncontent-disp'],
    ['two models', type, `${part('model', 'a')}${part('model', 'b')}--b--`],
    ['a part without a name', type, '--b\r\ncontent-disposition: form-data\r\n\r\nx\r\n--b--'],
  ])('refuses %s', (_, contentType, text) => {
    expect(() => MultipartBody.read(Buffer.from(text), contentType)).toThrow(MultipartError);
  });

  it('takes a boundary inside a value for what it is', () => {
    const text = `${part('prompt', 'a --b and --b-- here')}${part('model', 'm')}--b--\r\n`;
    expect(MultipartBody.read(Buffer.from(text), type).field('prompt')).toBe('a --b and --b-- here');
  });
});
