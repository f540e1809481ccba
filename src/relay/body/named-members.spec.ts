import fc from 'fast-check';
import { JsonScanError, scanObject } from './json-scan.js';
import { memberFinder } from './named-members.js';

const NAMES = ['id', 'model', 'usage', 'meta', 'x'] as const;
const find = memberFinder(NAMES);

describe(memberFinder.name, () => {
  it('finds the members that a scan of all finds', () => {
    const name = fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 6 }));
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), (object) => {
        const raw = Buffer.from(JSON.stringify(object));
        const all = scanObject(raw);
        const found = find(raw);
        for (const each of NAMES) expect(found.get(each)).toEqual(all.get(each));
      }),
    );
  });

  it('refuses what is no object, and a member that is there twice', () => {
    for (const text of ['[]', '', '{"model":', '{"model":1,"a":2,"model":3}']) {
      expect(() => find(Buffer.from(text))).toThrow(JsonScanError);
    }
  });
});
