import fc from 'fast-check';
import type { JsonValue } from '../../snapshot/snapshot.js';
import { readGemmaCall } from './gemma-call.js';

const written = (value: JsonValue): string => {
  if (typeof value === 'string') return `<|"|>${value}<|"|>`;
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).map(([key, member]) => `<|"|>${key}<|"|>:${written(member)}`);
  return `{${members.join(',')}}`;
};

describe(readGemmaCall.name, () => {
  it.each<[string, string, object]>([
    ['call:now{}', 'now', {}],
    ['call:get_weather{city:<|"|>Bern, {CH}<|"|>,days:3}', 'get_weather', { city: 'Bern, {CH}', days: 3 }],
    ['call:f{a:true,b:null,c:-1.5e3,d:word}', 'f', { a: true, b: null, c: -1500, d: 'word' }],
    ['call: f { list: [1, <|"|>x<|"|>, {k: []}] } ', 'f', { list: [1, 'x', { k: [] }] }],
  ])('reads %s', (text, name, args) => {
    expect(readGemmaCall(text)).toEqual({ name, arguments: args });
  });

  it.each(['', 'call:', 'call:f', 'call:f{', 'call:f{a}', 'call:f{a:}', 'call:f{a:1', 'call:f{a:1}}', 'f{a:1}'])(
    'takes %j for no call',
    (text) => {
      expect(readGemmaCall(text)).toBeUndefined();
    },
  );

  it('takes what is nested too deep for no call', () => {
    expect(readGemmaCall(`call:f{a:${'['.repeat(10_000)}`)).toBeUndefined();
  });

  it('reads whatever arguments there may be', () => {
    const plain = fc.string().filter((text) => !text.includes('<|"|>') && !text.endsWith('<') && !text.endsWith('<|'));
    const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.oneof(plain, fc.integer(), fc.boolean(), fc.constant(null)),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(plain.filter(Boolean), tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(plain.filter(Boolean), value, { maxKeys: 4 }), (args) => {
        expect(readGemmaCall(`call:f${written(args)}`)?.arguments).toEqual({ ...args });
      }),
    );
  });
});
