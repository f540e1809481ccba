import { QueryFailedError } from 'typeorm';

/** Whether `error` is Postgres refusing a duplicate on the named constraint. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return violates(error, '23505', constraint);
}

/** Whether `error` is Postgres refusing a missing or still used row on the named foreign key. */
export function isForeignKeyViolation(error: unknown, constraint: string): boolean {
  return violates(error, '23503', constraint);
}

function violates(error: unknown, state: string, name: string): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { code, constraint } = error.driverError as { code?: string; constraint?: string };
  return code === state && constraint === name;
}
