import { randomBytes } from 'node:crypto';
import { BrokenSealError, decrypt, encrypt } from './cipher.js';
import { openSecret, rewrapSecret, sealSecret, type SecretIdentity } from './envelope.js';
import { KeyEncryptionKey } from './key-encryption-key.js';

const identity: SecretIdentity = { id: 's1', tenantId: 't1', projectId: null, name: 'openai' };
const key = KeyEncryptionKey.fromRoot(randomBytes(32), 1);

describe(sealSecret.name, () => {
  it('opens under the identity it was sealed for', () => {
    expect(openSecret(key, identity, sealSecret(key, identity, 'sk-ünïcode'))).toBe('sk-ünïcode');
  });

  it.each<[string, Partial<SecretIdentity>]>([
    ['another row', { id: 's2' }],
    ['another tenant', { tenantId: 't2' }],
    ['another project', { projectId: 'p1' }],
    ['another name', { name: 'anthropic' }],
  ])('does not open in %s', (_, moved) => {
    const envelope = sealSecret(key, identity, 'sk-1');
    expect(() => openSecret(key, { ...identity, ...moved }, envelope)).toThrow(BrokenSealError);
  });

  it('does not open with the data key of another secret', () => {
    const other = { ...identity, id: 's2' };
    const [mine, theirs] = [sealSecret(key, identity, 'sk-1'), sealSecret(key, other, 'sk-2')];
    const mixed = { ...mine, ciphertext: theirs.ciphertext };
    expect(() => openSecret(key, identity, mixed)).toThrow(BrokenSealError);
    expect(() => openSecret(key, other, mixed)).toThrow(BrokenSealError);
  });

  it('notices a change of any single byte', () => {
    const envelope = sealSecret(key, identity, 'sk-1');
    for (const part of ['ciphertext', 'wrappedKey'] as const) {
      for (let at = 0; at < envelope[part].length; at += 1) {
        const altered = Buffer.from(envelope[part]);
        altered[at] = altered.readUInt8(at) ^ 1;
        expect(() => openSecret(key, identity, { ...envelope, [part]: altered })).toThrow(BrokenSealError);
      }
    }
  });

  it('never seals alike twice', () => {
    const [first, second] = [sealSecret(key, identity, 'sk-1'), sealSecret(key, identity, 'sk-1')];
    expect(first.ciphertext.equals(second.ciphertext)).toBe(false);
  });

  it('opens after its data key was wrapped with another key, and only with that one', () => {
    const next = KeyEncryptionKey.fromRoot(randomBytes(32), 2);
    const moved = rewrapSecret({ from: key, to: next }, identity, sealSecret(key, identity, 'sk-1'));
    expect(openSecret(next, identity, moved)).toBe('sk-1');
    expect(() => openSecret(key, identity, moved)).toThrow(BrokenSealError);
  });
});

describe(encrypt.name, () => {
  it.each([
    [
      ['a', 'bc'],
      ['ab', 'c'],
    ],
    [[null], ['null']],
    [
      ['a"', 'b'],
      ['a', '"b'],
    ],
    [['a'], ['a', '']],
  ])('tells the binding %j from %j', (one, other) => {
    const dataKey = randomBytes(32);
    const sealed = encrypt(dataKey, Buffer.from('x'), one);
    expect(decrypt(dataKey, sealed, one).toString()).toBe('x');
    expect(() => decrypt(dataKey, sealed, other)).toThrow(BrokenSealError);
  });

  it('refuses a ciphertext that is too short to be one', () => {
    expect(() => decrypt(randomBytes(32), Buffer.of(1), [])).toThrow(BrokenSealError);
  });
});
