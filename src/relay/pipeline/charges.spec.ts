import { Charges } from './charges.js';

describe(Charges, () => {
  it('are told by counter, what came twice as a sum', () => {
    const charges = new Charges();
    expect(charges.record).toBeUndefined();
    charges.add('a', 5);
    charges.add('b', 1);
    charges.add('a', 2.5);
    expect(charges.record?.text).toBe('{"a":7.5,"b":1}');
    expect(JSON.stringify({ charges: charges.record })).toBe('{"charges":{"a":7.5,"b":1}}');
  });
});
