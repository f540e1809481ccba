import { hkdfSync, timingSafeEqual } from 'node:crypto';
import { decrypt, encrypt, KEY_BYTES, type Binding } from './cipher.js';

const NO_SALT = Buffer.alloc(0); // the root is uniformly random or already salted by Argon2

/**
 * The key that wraps all data keys, of one version. It is derived from a root (a master key, or a password through
 * Argon2id) and from its version, so a root that comes back in a later version is another key.
 */
export class KeyEncryptionKey {
  private readonly wrapping: Buffer;

  private constructor(
    readonly version: number,
    private readonly key: Buffer,
  ) {
    this.wrapping = derive(key, 'waggle vault wrap');
  }

  /** Derives it from a root of 32 bytes, which the caller may then wipe. */
  static fromRoot(root: Uint8Array, version: number): KeyEncryptionKey {
    if (root.length !== KEY_BYTES) throw new Error(`A root key has ${KEY_BYTES} bytes.`);
    return new KeyEncryptionKey(version, derive(root, `waggle vault key ${version}`));
  }

  /** Takes it over from a sibling process, as `exported` there. Check it with `matches` before use. */
  static imported(version: number, exported: string): KeyEncryptionKey {
    return new KeyEncryptionKey(version, Buffer.from(exported, 'base64'));
  }

  /** For a sibling process on the same machine. */
  exported(): string {
    return this.key.toString('base64');
  }

  copy(): KeyEncryptionKey {
    return new KeyEncryptionKey(this.version, Buffer.from(this.key));
  }

  /** What the database keeps to recognise this key; the key can't be computed from it. */
  verifier(): Buffer {
    return derive(this.key, 'waggle vault verifier');
  }

  matches(verifier: Uint8Array): boolean {
    const own = this.verifier();
    return own.length === verifier.length && timingSafeEqual(own, verifier);
  }

  wrap(dataKey: Uint8Array, binding: Binding): Buffer {
    return encrypt(this.wrapping, dataKey, binding);
  }

  /** Throws `BrokenSealError`. */
  unwrap(wrapped: Uint8Array, binding: Binding): Buffer {
    return decrypt(this.wrapping, wrapped, binding);
  }

  /** Overwrites the key in memory; it must not be used again. */
  wipe(): void {
    this.key.fill(0);
    this.wrapping.fill(0);
  }
}

function derive(root: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', root, NO_SALT, info, KEY_BYTES));
}
