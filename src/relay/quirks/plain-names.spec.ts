import fc from 'fast-check';
import { PLAIN, plainName, ToolNames } from './plain-names.js';

describe(plainName.name, () => {
  it.each([
    ['get_weather', 'get_weather'],
    ['files.read', 'files_read_601e4eb6'],
    ['files/read', 'files_read_2b733164'],
    ['', '_e3b0c442'],
    ['x'.repeat(64), 'x'.repeat(64)],
    ['x'.repeat(65), `${'x'.repeat(55)}_9537c5fd`],
  ])('makes of %j %j', (name, expected) => {
    expect(plainName(name, PLAIN)).toBe(expected);
  });

  it('makes plain names of all, different ones of different ones, and the same of the same', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 90 }), { maxLength: 20 }), (given) => {
        const names = new ToolNames(PLAIN);
        const plain = given.map((name) => names.toUpstream(name));
        for (const name of plain) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        expect(new Set(plain).size).toBe(given.length);
        expect(plain.map((name) => names.toClient(name))).toEqual(given);
        expect(given.map((name) => new ToolNames(PLAIN).toUpstream(name))).toEqual(plain);
      }),
    );
  });
});

describe(ToolNames.name, () => {
  it('takes the names that it was given first, and leaves none without a way back', () => {
    const names = new ToolNames(null, new Map([['files.read', 'read_file']]));
    expect(names.toUpstream('files.read')).toBe('read_file');
    expect(names.toUpstream('other.tool')).toBe('other.tool');
    const another = names.toUpstream('read_file'); // a tool of the client's own with the very name
    expect(another).toMatch(/^read_file_[0-9a-f]{8}$/);
    expect(['read_file', another, 'other.tool'].map((name) => names.toClient(name))).toEqual([
      'files.read',
      'read_file',
      'other.tool',
    ]);
  });
});
