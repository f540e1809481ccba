import type { NextFunction, Request, Response } from 'express';

const HIVE_PREFIX = /^\/inference(?=\/v1(?:[/?]|$))/i;
const DOUBLED = /^\/+v1\/+/i;
const SLASH = 47;

/**
 * Leads the spellings that clients have for our paths to the one that routes know: `/inference/v1/…` (Hive) and the
 * `/v1//models` and `//v1/models` of base addresses with a trailing slash. `originalUrl` keeps what was asked.
 */
export function rewritePath(request: Request, _: Response, next: NextFunction): void {
  const { url } = request;
  if (url.startsWith('/v1/') && url.charCodeAt(4) !== SLASH) return void next();
  request.url = url.replace(HIVE_PREFIX, '').replace(DOUBLED, '/v1/');
  next();
}
