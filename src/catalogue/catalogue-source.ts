import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { AppError } from '../common/errors/app-error.js';
import { catalogueErrors } from './catalogue.errors.js';

export const MAX_BYTES = 8 * 1024 * 1024;
const TIMEOUT_MS = 15_000;

/** A document as it was read, before anything is believed of it. */
export interface RawDocument {
  readonly bytes: Buffer;
  readonly etag: string | null;
  readonly sha256: string;
}

/** Reads the document at an `http(s):` or `file:` address; `null` when the server says it is the one with this ETag. */
export async function fetchDocument(address: string, etag: string | null): Promise<RawDocument | null> {
  try {
    return address.startsWith('file:') ? await readDocumentFile(address) : await download(address, etag);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw catalogueErrors.unreachable({ reason: reasonOf(error) }, { cause: error });
  }
}

/** Collects a stream, at most 8 MB. Throws `catalogue.too_large`. */
export async function collect(stream: AsyncIterable<Uint8Array>, etag: string | null = null): Promise<RawDocument> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MAX_BYTES) throw catalogueErrors.too_large({ maxBytes: MAX_BYTES });
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  return { bytes, etag, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function download(address: string, etag: string | null): Promise<RawDocument | null> {
  const response = await fetch(address, {
    headers: { accept: 'application/json', ...(etag === null ? {} : { 'if-none-match': etag }) },
    signal: AbortSignal.timeout(TIMEOUT_MS), // of the body, too
  });
  if (response.status === 304) return null;
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw catalogueErrors.unreachable({ reason: `it said ${response.status}` });
  }
  return collect(response.body, response.headers.get('etag'));
}

async function readDocumentFile(address: string): Promise<RawDocument> {
  const file = await open(fileURLToPath(address));
  return collect(file.createReadStream());
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed';
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  const { cause } = error;
  return cause instanceof Error && cause.message ? cause.message : error.message;
}
