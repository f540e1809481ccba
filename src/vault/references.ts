import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, normalize, sep } from 'node:path';
import type { Access } from '../common/http/access.js';
import { isReferable, readServerVariable } from '../config/server-variable.js';
import { secretErrors } from './secrets.errors.js';

/** A credential that is kept outside the vault: a variable of the server's environment, or a file. */
export type Reference =
  { readonly kind: 'env'; readonly name: string } | { readonly kind: 'file'; readonly path: string };

/** What a reference leads to now; `missing` says why, without repeating any content. */
export type ResolvedReference =
  { readonly kind: 'present'; readonly value: string } | { readonly kind: 'missing'; readonly reason: string };

const MAX_BYTES = 64 * 1024;
const SYSTEM_FOLDERS = ['/proc', '/sys', '/dev'];

/** Reads `env:NAME` or `file:/path`; `undefined` for anything else, and for the gateway's own variables. */
export function parseReference(text: string): Reference | undefined {
  const [, scheme, rest = ''] = /^(env|file):(.+)$/.exec(text) ?? [];
  if (scheme === 'env') return isReferable(rest) ? { kind: 'env', name: rest } : undefined;
  if (scheme === 'file' && isAbsolute(rest) && normalize(rest) === rest) return { kind: 'file', path: rest };
  return undefined;
}

/**
 * Refuses a reference that is malformed, or whose author may not use one: it reaches into the server itself, so it
 * takes a role in the whole root tenant.
 */
export function assertReferenceAllowed(access: Access, text: string): void {
  if (!parseReference(text)) throw secretErrors.reference_malformed();
  assertMayReachServer(access);
}

/** Refuses whoever may not use what is the server's own. */
export function assertMayReachServer(access: Access): void {
  if (!mayReachServer(access)) throw secretErrors.reference_not_allowed();
}

/** Whether somebody may use what is the server's own: only with a role in the whole root tenant. */
export function mayReachServer({ isRootTenant, projectIds }: Access): boolean {
  return isRootTenant && projectIds === 'all';
}

/** Follows a reference as things are now: a file is read anew each time. `dataDir` holds keys and is out of bounds. */
export async function resolveReference(text: string, dataDir: string): Promise<ResolvedReference> {
  const reference = parseReference(text);
  if (!reference) return missing('it is no reference');
  if (reference.kind === 'file') return readSecretFile(reference.path, dataDir);
  const value = readServerVariable(reference.name);
  return value === undefined ? missing(`the variable ${reference.name} is not set`) : { kind: 'present', value };
}

async function readSecretFile(path: string, dataDir: string): Promise<ResolvedReference> {
  try {
    const real = await realpath(path);
    const ours = await realpath(dataDir).catch(() => dataDir);
    if ([...SYSTEM_FOLDERS, ours].some((folder) => isBelow(real, folder))) return missing('the file is out of bounds');
    return await readSmallFile(real);
  } catch (error) {
    return missing(`the file can't be read (${error instanceof Error && 'code' in error ? error.code : 'unknown'})`);
  }
}

async function readSmallFile(path: string): Promise<ResolvedReference> {
  const found = await stat(path);
  if (!found.isFile()) return missing('it is no regular file'); // opening a pipe would wait for its other end
  if (found.size > MAX_BYTES) return missing('the file is too large');
  const value = (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  return value === '' ? missing('the file is empty') : { kind: 'present', value };
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function missing(reason: string): ResolvedReference {
  return { kind: 'missing', reason };
}
