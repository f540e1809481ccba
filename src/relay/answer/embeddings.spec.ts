import fc from 'fast-check';
import { wishedEmbeddings } from './embeddings.js';

const packed = (vector: readonly number[]): string => {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
};
const answer = (...embeddings: unknown[]): Buffer =>
  Buffer.from(
    JSON.stringify({
      object: 'list',
      data: embeddings.map((embedding, index) => ({ object: 'embedding', index, embedding })),
      usage: {},
    }),
  );

describe(wishedEmbeddings.name, () => {
  const vectors = fc.array(
    fc.array(
      fc.float({ noNaN: true, noDefaultInfinity: true }).map((one) => one + 0 || 0),
      { minLength: 1, maxLength: 8 },
    ),
    { minLength: 1, maxLength: 3 },
  );

  it('packs and unpacks without a difference, and leaves what is right', () => {
    fc.assert(
      fc.property(vectors, (given) => {
        const [floats, base64] = [answer(...given), answer(...given.map(packed))];
        expect(wishedEmbeddings(floats, { encoding: 'base64', dimensions: undefined }).body.toString()).toBe(
          base64.toString(),
        );
        expect(wishedEmbeddings(base64, { encoding: 'float', dimensions: undefined }).body.toString()).toBe(
          floats.toString(),
        );
        expect(wishedEmbeddings(floats, { encoding: 'float', dimensions: undefined }).body).toBe(floats);
        expect(wishedEmbeddings(base64, { encoding: 'base64', dimensions: undefined }).body).toBe(base64);
      }),
    );
  });

  it('cuts vectors to the wished length and makes them unit vectors again', () => {
    for (const [given, encoding] of [
      [answer([3, 4, 12], [0, 0, 1]), 'base64'],
      [answer(packed([3, 4, 12]), packed([0, 0, 1])), 'base64'],
    ] as const) {
      const { body, isCut, isShort } = wishedEmbeddings(given, { encoding, dimensions: 2 });
      expect(body.toString()).toBe(answer(packed([0.6, 0.8]), packed([0, 0])).toString());
      expect([isCut, isShort]).toEqual([true, false]);
    }
  });

  it('says when vectors are too short', () => {
    const given = answer([1, 2]);
    expect(wishedEmbeddings(given, { encoding: 'float', dimensions: 3 })).toEqual({
      body: given,
      isCut: false,
      isShort: true,
    });
  });

  it.each([
    '{}',
    '{"data":[]}',
    '{"object":"embedding","data":"embedding"}',
    '{"data":[{"embedding":{"sparse":[1]}}]}',
    '{"data":[{"embedding":"!"}]}',
    '{"data":[{"embedding":[[1],[2]]}]}',
    'not JSON',
  ])('leaves %s as it came', (text) => {
    const given = Buffer.from(text);
    expect(wishedEmbeddings(given, { encoding: 'float', dimensions: undefined }).body.toString()).toBe(text);
  });
});
