import { createParamDecorator, type ExecutionContext, type StreamableFile } from '@nestjs/common';
import type { Request } from 'express';
import { csvFile } from '../common/http/csv.js';
import { flatten } from './request.views.js';

/** Hands an answer out in the form that the caller asked for: `in` makes a CSV file of its rows, or leaves it as it is. */
export interface Format {
  in<T extends object>(name: string, answer: T, rows: (answer: T) => readonly object[]): T | StreamableFile;
}

/** Reads `format=csv` and `Accept: text/csv`. */
export const AnswerFormat = createParamDecorator((_: unknown, context: ExecutionContext): Format => {
  const request = context.switchToHttp().getRequest<Request>();
  const { format } = request.query;
  const isCsv = format === undefined ? request.accepts(['json', 'csv']) === 'csv' : format === 'csv';
  return { in: (name, answer, rows) => (isCsv ? table(name, rows(answer)) : answer) };
});

function table(name: string, rows: readonly object[]): StreamableFile {
  const flat = rows.map(flatten);
  return csvFile(
    name,
    Object.keys(flat[0] ?? {}),
    flat.map((row) => Object.values(row)),
  );
}
