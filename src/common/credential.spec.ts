import fc from 'fast-check';
import { digestOf, issueCredential, parseCredential } from './credential.js';

describe(issueCredential, () => {
  it('makes a text that is read back as what it was issued as', () => {
    for (const prefix of ['wgl', 'wgla'] as const) {
      const { text, publicId, digest } = issueCredential(prefix);
      expect(text).toMatch(/^wgla?_[0-9a-z]{16}_[A-Za-z0-9_-]{43}[0-9a-z]{6}$/);
      expect(parseCredential(text)).toEqual({ prefix, publicId, digest });
      expect(digest).toBe(digestOf(text));
    }
  });

  it('keeps the public id when it is rotated, and nothing else', () => {
    const first = issueCredential('wgl');
    const second = issueCredential('wgl', first.publicId);
    expect(second.publicId).toBe(first.publicId);
    expect(second.digest).not.toBe(first.digest);
  });
});

describe(parseCredential, () => {
  it('finds every single wrong character', () => {
    const { text } = issueCredential('wgl');
    const position = fc.integer({ min: 0, max: text.length - 1 });
    const character = fc.constantFrom(...'abcXYZ019_-');
    fc.assert(
      fc.property(position, character, (at, wrong) => {
        fc.pre(text[at] !== wrong);
        expect(parseCredential(text.slice(0, at) + wrong + text.slice(at + 1))).toBeUndefined();
      }),
    );
  });

  it.each(['', 'wgl_', 'sk-abc', 'hinf_x', `wgl_${'a'.repeat(16)}_${'a'.repeat(49)}`])('refuses %j', (text) => {
    expect(parseCredential(text)).toBeUndefined();
  });
});
