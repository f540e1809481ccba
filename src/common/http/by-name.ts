import { createParamDecorator, HttpStatus, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { withEtag } from './etag.js';
import { requestErrors } from './validation.pipe.js';

/** What a `PUT …/by-name/:name` needs of its call beside the name and the body. */
export interface Upsert {
  /** `?project=`, the id or name of a project. */
  readonly project: string | undefined;
  /** Answers 201 for a new thing and 200 for a changed one, with its `ETag`. */
  answer<T extends { version: number }>(view: T, isNew: boolean): T;
}

/** Hands an `Upsert` to a route. Document the query with `@ApiQuery({ name: 'project', required: false })`. */
export const ByName = createParamDecorator((_: unknown, context: ExecutionContext): Upsert => {
  const http = context.switchToHttp();
  const { project } = http.getRequest<Request>().query;
  if (project !== undefined && typeof project !== 'string') {
    throw requestErrors.invalid({ issues: [{ path: 'project', message: 'project must be given once' }] });
  }
  return {
    project,
    answer: (view, isNew) => {
      const response = http.getResponse<Response>();
      response.status(isNew ? HttpStatus.CREATED : HttpStatus.OK);
      return withEtag(response, view);
    },
  };
});
