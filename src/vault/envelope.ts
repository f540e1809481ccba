import { randomBytes } from 'node:crypto';
import { decrypt, encrypt, KEY_BYTES, type Binding } from './cipher.js';
import type { KeyEncryptionKey } from './key-encryption-key.js';

/** A sealed value: encrypted with a data key of its own, which is wrapped by the vault's key of `keyVersion`. */
export interface Envelope {
  readonly ciphertext: Buffer;
  readonly wrappedKey: Buffer;
  readonly keyVersion: number;
}

/** The identity that a secret's ciphertext and data key are bound to. */
export interface SecretIdentity {
  readonly id: string;
  readonly tenantId: string;
  readonly projectId: string | null;
  readonly name: string;
}

/** Seals a value under a fresh data key, which is wiped at once. */
export function sealSecret(key: KeyEncryptionKey, identity: SecretIdentity, value: string): Envelope {
  const dataKey = randomBytes(KEY_BYTES);
  try {
    return {
      ciphertext: encrypt(dataKey, Buffer.from(value), bindingOf('secret value', identity)),
      wrappedKey: key.wrap(dataKey, bindingOf('secret key', identity)),
      keyVersion: key.version,
    };
  } finally {
    dataKey.fill(0);
  }
}

/** Throws `BrokenSealError` when anything does not belong together. */
export function openSecret(key: KeyEncryptionKey, identity: SecretIdentity, envelope: Envelope): string {
  const dataKey = key.unwrap(envelope.wrappedKey, bindingOf('secret key', identity));
  try {
    const plaintext = decrypt(dataKey, envelope.ciphertext, bindingOf('secret value', identity));
    const value = plaintext.toString();
    plaintext.fill(0);
    return value;
  } finally {
    dataKey.fill(0);
  }
}

/** Wraps the data key of a secret with another key; the value stays as it is. */
export function rewrapSecret(
  keys: { from: KeyEncryptionKey; to: KeyEncryptionKey },
  identity: SecretIdentity,
  envelope: Envelope,
): Envelope {
  const binding = bindingOf('secret key', identity);
  const dataKey = keys.from.unwrap(envelope.wrappedKey, binding);
  try {
    return { ...envelope, wrappedKey: keys.to.wrap(dataKey, binding), keyVersion: keys.to.version };
  } finally {
    dataKey.fill(0);
  }
}

function bindingOf(purpose: string, { id, tenantId, projectId, name }: SecretIdentity): Binding {
  return [purpose, id, tenantId, projectId, name];
}
