import fc from 'fast-check';
import { isoTime } from './iso-time.js';

describe(isoTime.name, () => {
  it('prints what a date prints', () => {
    fc.assert(fc.property(fc.integer({ min: -1e12, max: 4e12 }), (ms) => isoTime(ms) === new Date(ms).toISOString()));
    fc.assert(fc.property(fc.nat(5000), (ms) => isoTime(ms) === new Date(ms).toISOString()));
  });
});
