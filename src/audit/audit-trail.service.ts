import { Injectable, StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';
import { DataSource } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { csvHeaders, csvLine } from '../common/http/csv.js';
import { decodeCursor, DEFAULT_PAGE_SIZE, toPage, type Page } from '../common/http/paging.js';
import { streamRows } from '../database/stream-rows.js';
import { AUDIT_COLUMNS, auditConditions, CSV_HEADER, toAuditEntryView, toCsvRow, type AuditRow } from './audit-rows.js';
import type { AuditEntryView, ExportAudit, ListAudit } from './audit.dto.js';
import { auditErrors } from './audit.errors.js';

/** Reads the audit trail. */
@Injectable()
export class AuditTrail {
  constructor(private readonly database: DataSource) {}

  /** Lists the newest first. */
  async list(access: Access, query: ListAudit): Promise<Page<AuditEntryView>> {
    const { limit = DEFAULT_PAGE_SIZE, cursor } = query;
    const { where, parameters } = auditConditions(access, query);
    const before = cursor === undefined ? null : decodeCursor(cursor, 'whole')[0];
    const rows = await this.database.query<AuditRow[]>(
      `select ${AUDIT_COLUMNS} from audit_entry
       where ${where} and ($${parameters.length + 1}::bigint is null or sequence < $${parameters.length + 1})
       order by sequence desc limit ${limit + 1}`,
      [...parameters, before],
    );
    return toPage(rows, limit, { view: toAuditEntryView, cursor: ({ sequence }) => [sequence] });
  }

  async get(access: Access, id: string): Promise<AuditEntryView> {
    const { where, parameters } = auditConditions(access, {});
    const [row] = await this.database.query<AuditRow[]>(
      `select ${AUDIT_COLUMNS} from audit_entry where ${where} and id = $${parameters.length + 1}`,
      [...parameters, id],
    );
    if (!row) throw auditErrors.not_found({ id });
    return toAuditEntryView(row);
  }

  /** All that match, the oldest first, as a file that is made while it is sent. */
  export(access: Access, query: ExportAudit): StreamableFile {
    const { where, parameters } = auditConditions(access, query);
    const sql = `select ${AUDIT_COLUMNS} from audit_entry where ${where} order by sequence`;
    const pages = streamRows<AuditRow, AuditEntryView>(this.database, { sql, parameters, view: toAuditEntryView });
    return query.format === 'csv' ? file(csvChunks(pages), csvHeaders('audit')) : file(jsonChunks(pages), NDJSON);
  }
}

const NDJSON = { type: 'application/x-ndjson', disposition: 'attachment; filename="audit.ndjson"' };

function file(chunks: AsyncGenerator<string>, headers: { type: string; disposition: string }): StreamableFile {
  return new StreamableFile(Readable.from(chunks, { objectMode: false }), headers);
}

async function* jsonChunks(pages: AsyncGenerator<AuditEntryView[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((view) => `${JSON.stringify(view)}\n`).join('');
}

async function* csvChunks(pages: AsyncGenerator<AuditEntryView[]>): AsyncGenerator<string> {
  yield csvLine(CSV_HEADER);
  for await (const page of pages) yield page.map((view) => csvLine(toCsvRow(view))).join('');
}
