import { createHash, type Hash } from 'node:crypto';

interface DigestedBody {
  readonly raw: Buffer;
  readonly contentType: string;
}

/**
 * Tells whether two bodies to `endpoint` ask for the same: they do when they are the same bytes. The boundary of a form
 * does not count, which clients make up anew for each try.
 */
export function bodyDigest(endpoint: string, { raw, contentType }: DigestedBody): Buffer {
  const hash = createHash('sha256').update(`${endpoint}\n`);
  const boundary = /^multipart\/form-data\b.*?;\s*boundary="?([^\s";]+)/i.exec(contentType)?.[1];
  if (boundary === undefined) return hash.update(raw).digest();
  return withoutBoundary(hash, raw, Buffer.from(`--${boundary}`)).digest();
}

function withoutBoundary(hash: Hash, raw: Buffer, delimiter: Buffer): Hash {
  let from = 0;
  for (let at = raw.indexOf(delimiter); at !== -1; at = raw.indexOf(delimiter, from)) {
    hash.update(raw.subarray(from, at)).update('--');
    from = at + delimiter.length;
  }
  return hash.update(raw.subarray(from));
}
