import { createParamDecorator, HttpStatus, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { expectedBy, withEtag, type ExpectedVersion } from './etag.js';
import { requestErrors } from './validation.pipe.js';

/** What a `PUT …/by-name/:name` needs of its call beside the name and the body. */
export interface Upsert {
  /** `?project=`, the id or name of a project. */
  readonly project: string | undefined;
  /** `?provider=`, the id or name of a provider. */
  readonly provider: string | undefined;
  /** The version it must have if it exists, from `If-Match`. */
  readonly expected: ExpectedVersion;
  /** Answers 201 for a new thing and 200 for a changed one, with its `ETag`. */
  answer<T extends { version: number }>(view: T, isNew: boolean): T;
}

/** Hands an `Upsert` to a route. Document the query with `@ApiQuery({ name: 'project', required: false })`. */
export const ByName = createParamDecorator((_: unknown, context: ExecutionContext): Upsert => {
  const http = context.switchToHttp();
  const request = http.getRequest<Request>();
  return {
    project: single(request, 'project'),
    provider: single(request, 'provider'),
    expected: expectedBy(request),
    answer: (view, isNew) => {
      const response = http.getResponse<Response>();
      response.status(isNew ? HttpStatus.CREATED : HttpStatus.OK);
      return withEtag(response, view);
    },
  };
});

function single({ query }: Request, key: string): string | undefined {
  const value = query[key];
  if (value === undefined || typeof value === 'string') return value;
  throw requestErrors.invalid({ issues: [{ path: key, message: `${key} must be given once` }] });
}
