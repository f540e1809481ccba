import { parseAddressRange } from './address-range.js';

describe(parseAddressRange, () => {
  it.each([
    ['10.0.0.0/8', [10, 0, 0, 0], 8],
    ['192.168.1.7', [192, 168, 1, 7], 32],
    ['::1', [...Array(15).fill(0), 1], 128],
    ['fd00::/8', [0xfd, ...Array(15).fill(0)], 8],
    ['::ffff:10.0.0.0/104', [10, 0, 0, 0], 8],
  ])('reads %s', (text, bytes, bits) => {
    expect(parseAddressRange(text)).toEqual([Uint8Array.from(bytes), bits]);
  });

  it.each(['', 'localhost', '10.0.0.0/33', '10.0.0.0/8/8'])('refuses %j', (text) => {
    expect(parseAddressRange(text)).toBeUndefined();
  });
});
