import type { Request, Response } from 'express';
import type { Config } from '../config/config.js';

const NAME = 'waggle_session';
const UNSAFE = /^(POST|PUT|PATCH|DELETE)$/;

/** The session's text in the cookie, if there is one. */
export function readSessionCookie({ headers }: Request): string | undefined {
  const cookies = headers.cookie?.split(';').map((pair) => pair.trim()) ?? [];
  return cookies.find((pair) => pair.startsWith(`${NAME}=`))?.slice(NAME.length + 1);
}

/** The text of the admin key, if there is one. A bootstrap key may be any text, so no form is asked for. */
export function readBearer({ headers }: Request): string | undefined {
  return /^bearer ([\x21-\x7e]{32,256})$/i.exec(headers.authorization ?? '')?.[1];
}

/** Sets the cookie, or clears it with `null`. Scripts can't read it, other sites can't send it, only `/admin` gets it. */
export function writeSessionCookie(response: Response, text: string | null, { publicUrl }: Config): void {
  const isSecure = response.req.secure || (publicUrl?.startsWith('https:') ?? false);
  const attributes = { httpOnly: true, sameSite: 'strict', secure: isSecure, path: '/admin' } as const;
  if (text === null) response.clearCookie(NAME, attributes);
  else response.cookie(NAME, text, attributes);
}

/**
 * Whether a change that comes with a cookie may be another site's doing. `SameSite=Strict` already keeps the cookie
 * back; beside it we ask for a header that a foreign page can't send without a CORS preflight, which nobody answers.
 */
export function mayBeCrossSite({ method, headers }: Request): boolean {
  if (!UNSAFE.test(method)) return false;
  const site = headers['sec-fetch-site'];
  return headers['x-requested-with'] === undefined || (site !== undefined && site !== 'same-origin');
}
