import { createParamDecorator, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import type { Request } from 'express';
import { NamePipe } from './name.pipe.js';
import { requestErrors } from './validation.pipe.js';

/** What `PUT …/by-name/:name?project=` is about: a name, and in what it is one. */
export interface NamedPlace {
  readonly name: string;
  /** The query parameter that says where (`project`, `provider`); `undefined` when it is left out. */
  readonly within: string | undefined;
}

/**
 * Hands name and place to a route, which has too many arguments otherwise. `key` is the query parameter; document both
 * with `@ApiParam` and `@ApiQuery`.
 */
export const ByName = createParamDecorator((key: string, context: ExecutionContext): NamedPlace => {
  const { params, query } = context.switchToHttp().getRequest<Request>();
  const within = query[key];
  if (within === undefined || typeof within === 'string') return { name: String(params.name), within };
  throw requestErrors.invalid({ issues: [{ path: key, message: `${key} must be given once` }] });
});

/** Checks the name of a `NamedPlace` by the rule that the body of a create has for it. */
export class PlacePipe implements PipeTransform<NamedPlace, NamedPlace> {
  private readonly names: NamePipe;

  constructor(pattern: RegExp, rule: string) {
    this.names = new NamePipe(pattern, rule);
  }

  transform({ name, within }: NamedPlace): NamedPlace {
    return { name: this.names.transform(name), within };
  }
}
