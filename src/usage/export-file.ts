import { StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';
import { csvHeaders, csvLine } from '../common/http/csv.js';
import type { RequestView } from './request.dto.js';
import { flatten, toRequestView, type RequestRow } from './request.views.js';

/** The columns, which are there also when no row is. */
const HEADER = Object.keys(flatten(toRequestView({ cost_picos: null, saved_picos: null } as RequestRow)));

/** Requests as a file that is made while it is sent. */
export function exportFile(pages: AsyncGenerator<RequestView[]>, format: 'csv' | 'ndjson' = 'csv'): StreamableFile {
  const isCsv = format === 'csv';
  const headers = isCsv
    ? csvHeaders('requests')
    : { type: 'application/x-ndjson', disposition: 'attachment; filename="requests.ndjson"' };
  const chunks = isCsv ? csvChunks(pages) : jsonChunks(pages);
  return new StreamableFile(Readable.from(chunks, { objectMode: false, highWaterMark: 256 * 1024 }), headers);
}

async function* jsonChunks(pages: AsyncGenerator<RequestView[]>): AsyncGenerator<Buffer> {
  for await (const page of pages) yield Buffer.from(page.map((view) => `${JSON.stringify(view)}\n`).join(''));
}

async function* csvChunks(pages: AsyncGenerator<RequestView[]>): AsyncGenerator<Buffer> {
  yield Buffer.from(csvLine(HEADER));
  for await (const page of pages) yield Buffer.from(page.map((view) => csvLine(Object.values(flatten(view)))).join(''));
}
