import { fewestTokens, OutputMeter } from './output-meter.js';

/** How many of these pieces are let through. */
function letThrough(meter: OutputMeter, pieces: readonly string[]): number {
  let text = '';
  for (const [index, piece] of pieces.entries()) {
    text += piece;
    if (meter.isBeyond(Buffer.byteLength(text), () => text)) return index;
  }
  return pieces.length;
}

describe(OutputMeter.name, () => {
  it.each([
    ['a word each', 'word '],
    ['a word of code each', '();'],
    ['a Chinese sign each', '蜂'],
    ['a Russian word each', ' пчела'],
  ])('stops pieces of %s behind the last that may be', (_, piece) => {
    expect(letThrough(new OutputMeter(100), Array<string>(300).fill(piece))).toBe(100);
  });

  it('does not take letters for tokens', () => {
    const letters = [...'the bees tell the hive where to fly '.repeat(20)];
    expect(letThrough(new OutputMeter(letters.length / 3), letters)).toBe(letters.length);
  });

  it('stops large pieces once they are too much for any tokenizer', () => {
    expect(letThrough(new OutputMeter(100), Array<string>(9).fill('x'.repeat(200)))).toBe(3);
  });

  it('believes the upstream that says it is beyond', () => {
    const meter = new OutputMeter(100);
    expect(meter.isBeyond(10, () => 'x', 100)).toBe(false);
    expect(meter.isBeyond(20, () => 'xx', 101)).toBe(true);
  });

  it('looks at the text seldom, however long it grows', () => {
    const meter = new OutputMeter(10_000);
    let looks = 0;
    for (let size = 1; size <= 29_000; size++) meter.isBeyond(size, () => (looks++, 'x'.repeat(size)));
    expect(looks).toBeLessThan(20);
  });
});

describe(fewestTokens.name, () => {
  it.each([
    ['', 0, 0],
    ['word word', 2, 2],
    ['abc', 3, 1],
    ['x'.repeat(60), 1, 10],
  ])('has for %j in %i pieces %i', (text, pieces, expected) => {
    expect(fewestTokens(text, pieces)).toBe(expected);
  });
});
