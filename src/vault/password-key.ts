import { argon2id, hash } from 'argon2';
import { randomBytes } from 'node:crypto';
import { KEY_BYTES } from './cipher.js';
import { KeyEncryptionKey } from './key-encryption-key.js';

const SALT_BYTES = 16;

/** Argon2id's cost, kept beside each key so that a later default does not lock old vaults out. */
export interface KdfParameters {
  readonly timeCost: number;
  readonly memoryKib: number;
  readonly parallelism: number;
}

export const KDF: KdfParameters = { timeCost: 3, memoryKib: 64 * 1024, parallelism: 4 };

export function newSalt(): Buffer {
  return randomBytes(SALT_BYTES);
}

/** The key of a password. Costs about 64 MiB and a tenth of a second, off the main thread. */
export async function keyFromPassword(
  password: string,
  { salt, kdf, version }: { salt: Buffer; kdf: KdfParameters; version: number },
): Promise<KeyEncryptionKey> {
  const root = await hash(password.normalize('NFC'), {
    type: argon2id,
    raw: true,
    hashLength: KEY_BYTES,
    salt,
    timeCost: kdf.timeCost,
    memoryCost: kdf.memoryKib,
    parallelism: kdf.parallelism,
  });
  const key = KeyEncryptionKey.fromRoot(root, version);
  root.fill(0);
  return key;
}
