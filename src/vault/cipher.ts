import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OVERHEAD = 1 + NONCE_BYTES + TAG_BYTES;

export const KEY_BYTES = 32;

/** What a ciphertext belongs to. It opens only under the binding it was sealed with. */
export type Binding = readonly (string | null)[];

/** A ciphertext was altered, moved to another place, or sealed with another key. Never says which. */
export class BrokenSealError extends Error {
  constructor(options?: ErrorOptions) {
    super('The ciphertext does not open: it was altered, moved, or sealed with another key.', options);
    this.name = 'BrokenSealError';
  }
}

/** AES-256-GCM: format byte, random nonce, ciphertext, tag. The binding is authenticated with it. */
export function encrypt(key: Uint8Array, plaintext: Uint8Array, binding: Binding): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(encodeBinding(binding));
  return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** The opposite of `encrypt`. Throws `BrokenSealError`. */
export function decrypt(key: Uint8Array, sealed: Uint8Array, binding: Binding): Buffer {
  if (sealed.length < OVERHEAD || sealed[0] !== FORMAT) throw new BrokenSealError();
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(encodeBinding(binding));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const start = decipher.update(sealed.subarray(1 + NONCE_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([start, decipher.final()]);
  } catch (error) {
    throw new BrokenSealError({ cause: error });
  } finally {
    start.fill(0);
  }
}

/** JSON, so that no two bindings encode alike: `["a","bc"]` is not `["ab","c"]`, `null` is not `"null"`. */
function encodeBinding(binding: Binding): Buffer {
  return Buffer.from(JSON.stringify(binding));
}
