import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { requestErrors } from './validation.pipe.js';

/** Checks an id in a path. */
export class IdPipe implements PipeTransform<string, string> {
  transform(id: string, { data: path = 'id' }: ArgumentMetadata): string {
    if (isUUID(id)) return id;
    throw requestErrors.invalid({ issues: [{ path, message: `${path} must be a UUID` }] });
  }
}
