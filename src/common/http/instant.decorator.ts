import { applyDecorators } from '@nestjs/common';
import { IsISO8601, IsOptional, Matches } from 'class-validator';

const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** An optional point in time: ISO 8601 with its offset, or a date, which is its midnight in UTC. Read it with `new Date`. */
export function IsInstant(): PropertyDecorator {
  const message = '$property must be a time such as 2026-11-20T12:00:00Z, or a date';
  return applyDecorators(IsOptional(), IsISO8601({ strict: true }, { message }), Matches(INSTANT, { message }));
}
