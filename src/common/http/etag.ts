import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { defineErrors } from '../errors/app-error.js';

const etagErrors = defineErrors('version', {
  mismatch: {
    status: 412,
    message: ({ current }: { current: number }) =>
      `It was changed in the meantime: it is now version ${current}. Read it again, then send your change.`,
  },
  missing: { status: 412, message: () => 'If-Match was sent, but there is none of that name yet.' },
  exists: { status: 412, message: () => 'If-None-Match was sent, but there is one of that name already.' },
  malformed: { status: 400, message: () => 'If-Match must be one ETag that this API gave out, or *.' },
});

/** The version a caller expects, from `If-Match`; any, or (by `If-None-Match: *`) none; `null` when it did not say. */
export type ExpectedVersion = number | 'any' | 'none' | null;

/** Reads `If-Match`. */
export const IfMatch = createParamDecorator(
  (_: unknown, context: ExecutionContext): ExpectedVersion => expectedBy(context.switchToHttp().getRequest<Request>()),
  [documented],
);

/** Both halves of a versioned update, for routes that have many arguments: `expected` comes in, `on(view)` goes out. */
export interface Etag {
  readonly expected: ExpectedVersion;
  /** `withEtag` on this route's answer. */
  on<T extends { version: number }>(view: T): T;
  /** The same for `PUT …/by-name/:name`: 201 for what is new, 200 for what was changed. */
  put<T extends { version: number }>(view: T, isNew: boolean): T;
}

/** Hands both halves of a versioned update to a route. */
export const Etagged = createParamDecorator(
  (_: unknown, context: ExecutionContext): Etag => {
    const http = context.switchToHttp();
    return {
      expected: expectedBy(http.getRequest<Request>()),
      on: (view) => withEtag(http.getResponse<Response>(), view),
      put: (view, isNew) => withEtag(http.getResponse<Response>().status(isNew ? 201 : 200), view),
    };
  },
  [documented],
);

/** Puts `If-Match` into the API document of the route whose argument was decorated. */
function documented(target: object, method: string | symbol | undefined): void {
  const route = method === undefined ? undefined : Object.getOwnPropertyDescriptor(target, method);
  if (method === undefined || !route) return;
  const description = 'The `ETag` that was read. When it is no longer current, the answer is 412.';
  ApiHeader({ name: 'If-Match', required: false, description, schema: { type: 'string', example: '"3"' } })(
    target,
    method,
    route,
  );
}

/** The version that a request expects, from its `If-Match`. Throws `version.malformed`. */
function expectedBy(request: Request): ExpectedVersion {
  const header = request.headers['if-match'];
  if (request.method === 'PUT' && request.headers['if-none-match'] === '*') return 'none';
  if (header === undefined) return null;
  if (header === '*') return 'any';
  const version = /^(?:W\/)?"(\d{1,9})"$/.exec(header)?.[1];
  if (version === undefined) throw etagErrors.malformed();
  return Number(version);
}

/**
 * Refuses a write whose caller has seen another version. Call it inside the transaction, on the locked row; `null` is what
 * does not exist yet.
 */
export function assertVersion(current: number | null, expected: ExpectedVersion): void {
  if (current === null) {
    if (expected === 'any' || typeof expected === 'number') throw etagErrors.missing();
    return;
  }
  if (expected === 'none') throw etagErrors.exists();
  if (typeof expected === 'number' && expected !== current) throw etagErrors.mismatch({ current });
}

/** Sets the `ETag` of a resource on the answer and hands the resource back. */
export function withEtag<T extends { version: number }>(response: Response, view: T): T {
  response.setHeader('etag', `"${view.version}"`);
  return view;
}
