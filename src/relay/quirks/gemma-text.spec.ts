import fc from 'fast-check';
import { GemmaText, type GemmaPart } from './gemma-text.js';
import { runs } from '../../../test/support/runs.js';

const partsOf = (pieces: readonly string[]): string => {
  const text = new GemmaText();
  const parts = [...pieces.flatMap((piece) => text.push(piece)), ...text.end()];
  return joined(parts);
};
/** Neighbours of one kind are one, however they came; calls stay apart. */
const joined = (parts: readonly GemmaPart[]): string => {
  let last = '';
  return parts
    .map(({ kind, text }) => {
      const start = kind === last && kind !== 'call' ? '' : `[${kind}]`;
      last = kind;
      return start + text;
    })
    .join('');
};

describe(GemmaText.name, () => {
  it.each([
    ['a < b <| c', '[text]a < b <| c'],
    ['Hi<|tool_call>call:f{a:1}<tool_call|> you', '[text]Hi[call]call:f{a:1}[text] you'],
    ['<|tool_call>a<tool_call|><|tool_call>b<tool_call|>', '[call]a[call]b'],
    ['<|channel>thought\nHm<channel|>Yes', '[thought]Hm[text]Yes'],
    ['<|tool_call>f{s:<|"|>x<tool_call|>y<|"|>}<tool_call|>', '[call]f{s:<|"|>x<tool_call|>y<|"|>}'],
    ['a<|tool_call>call:f{', '[text]a<|tool_call>call:f{'],
    ['<|channel>thought\nnever ends', '[thought]never ends'],
    ['<|channel>final', '[text]<|channel>final'],
    ['', ''],
  ])('takes %j apart', (text, expected) => {
    expect(partsOf([text])).toBe(expected);
    expect(partsOf([...text])).toBe(expected);
  });

  it('comes to the same wherever the pieces end', () => {
    const marks = [
      '<|tool_call>',
      '<tool_call|>',
      '<|"|>',
      '<|channel>thought\n',
      '<channel|>',
      '<',
      '|',
      'a',
      '\n',
      '{}',
    ];
    const pieces = fc.array(fc.constantFrom(...marks), { maxLength: 30 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(200), { maxLength: 20 }), (text, cuts) => {
        const borders = [0, ...cuts.filter((cut) => cut < text.length).toSorted((a, b) => a - b), text.length];
        const cut = borders.slice(1).map((border, index) => text.slice(borders[index], border));
        expect(partsOf(cut)).toBe(partsOf([text]));
      }),
      { numRuns: runs(5000) },
    );
  });

  it('gives up a call that is too long, and holds no more than that', () => {
    const text = new GemmaText();
    const piece = 'x'.repeat(1000);
    let given = text.push('<|tool_call>').length;
    let pieces = 0;
    for (; given === 0 && pieces < 1000; pieces++) given = text.push(piece).length;
    expect(pieces).toBe(263);
    expect(joined(text.push('<|tool_call>f{}<tool_call|>'))).toBe('[call]f{}');
  });

  it('takes a long call apart in little time', () => {
    const text = new GemmaText();
    text.push('<|tool_call>');
    const started = performance.now();
    for (let i = 0; i < 20_000; i++) text.push('<|"|>x<|"|>');
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
