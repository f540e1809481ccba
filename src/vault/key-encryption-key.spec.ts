import { randomBytes } from 'node:crypto';
import { BrokenSealError } from './cipher.js';
import { KeyEncryptionKey } from './key-encryption-key.js';
import { KDF, keyFromPassword, newSalt } from './password-key.js';

describe(KeyEncryptionKey.name, () => {
  const root = randomBytes(32);

  it('is the same for the same root and version', () => {
    const [one, other] = [KeyEncryptionKey.fromRoot(root, 1), KeyEncryptionKey.fromRoot(root, 1)];
    expect(one.matches(other.verifier())).toBe(true);
    expect(other.unwrap(one.wrap(Buffer.from('data key'), ['x']), ['x']).toString()).toBe('data key');
  });

  it('is another one for another root or version', () => {
    const key = KeyEncryptionKey.fromRoot(root, 1);
    expect(key.matches(KeyEncryptionKey.fromRoot(root, 2).verifier())).toBe(false);
    expect(key.matches(KeyEncryptionKey.fromRoot(randomBytes(32), 1).verifier())).toBe(false);
    expect(key.matches(Buffer.alloc(0))).toBe(false);
  });

  it('travels to a sibling process', () => {
    const key = KeyEncryptionKey.fromRoot(root, 3);
    const imported = KeyEncryptionKey.imported(3, key.exported());
    expect(imported.unwrap(key.wrap(Buffer.from('data key'), ['x']), ['x']).toString()).toBe('data key');
  });

  it('opens nothing after it was wiped', () => {
    const key = KeyEncryptionKey.fromRoot(root, 1);
    const wrapped = key.wrap(Buffer.from('data key'), []);
    key.wipe();
    expect(() => key.unwrap(wrapped, [])).toThrow(BrokenSealError);
    expect(Buffer.from(key.exported(), 'base64')).toEqual(Buffer.alloc(32));
  });
});

describe(keyFromPassword.name, () => {
  const kdf = { ...KDF, timeCost: 2, memoryKib: 1024 };

  it('tells the password from any other, and salts it', async () => {
    const salt = newSalt();
    const key = await keyFromPassword('correct horse', { salt, kdf, version: 1 });
    const again = await keyFromPassword('correct horse', { salt, kdf, version: 1 });
    const wrong = await keyFromPassword('correct horsf', { salt, kdf, version: 1 });
    const elsewhere = await keyFromPassword('correct horse', { salt: newSalt(), kdf, version: 1 });
    expect([again, wrong, elsewhere].map((other) => key.matches(other.verifier()))).toEqual([true, false, false]);
  });

  it('does not mind how the keyboard composes an accent', async () => {
    const salt = newSalt();
    const composed = await keyFromPassword('caf\u00e9', { salt, kdf, version: 1 });
    const decomposed = await keyFromPassword('cafe\u0301', { salt, kdf, version: 1 });
    expect(decomposed.matches(composed.verifier())).toBe(true);
  });

  it('costs what the default says', () => {
    expect(KDF).toEqual({ timeCost: 3, memoryKib: 65_536, parallelism: 4 });
  });
});
