import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { decodeCursor, DEFAULT_PAGE_SIZE, toPage, type Page } from '../common/http/paging.js';
import { ProjectsService } from '../identity/projects.service.js';
import { Conditions } from './conditions.js';
import type { ExportRequests, ListRequests, RequestDetail, RequestView } from './request.dto.js';
import { toAttemptView, toRequestView, type AttemptRow, type RequestRow } from './request.views.js';
import { streamRows } from '../database/stream-rows.js';
import { usageErrors } from './usage.errors.js';

const USD_IN_PICOS = 1_000_000_000_000;
const NEWEST_FIRST = 'order by r.started_at desc, r.id desc';

/** The request log: what the ledger has of each call, within the caller's reach. */
@Injectable()
export class Requests {
  constructor(
    private readonly database: DataSource,
    private readonly projects: ProjectsService,
  ) {}

  /** Newest first. */
  async list(access: Access, query: ListRequests): Promise<Page<RequestView>> {
    const { limit = DEFAULT_PAGE_SIZE, cursor } = query;
    const where = await this.conditions(access, query);
    if (cursor !== undefined) {
      const [at, id] = readCursor(cursor);
      where.add(at, (before) => `(r.started_at, r.id) < (${before}::timestamptz, ${where.value(id)}::uuid)`);
    }
    const sql = `select r.* from request r where ${where.sql} ${NEWEST_FIRST} limit ${where.value(limit + 1)}`;
    const rows = await this.database.query<RequestRow[]>(sql, where.parameters);
    return toPage(rows, limit, { view: toRequestView, cursor: ({ started_at, id }) => [started_at.toISOString(), id] });
  }

  /** One request with its attempts. Throws `usage.request_not_found`. */
  async get(access: Access, id: string): Promise<RequestDetail> {
    const where = Conditions.reachedBy(access, 'r.').add(id, (placeholder) => `r.id = ${placeholder}`);
    const [row] = await this.database.query<(RequestRow & { has_payload: boolean })[]>(
      `select r.*, exists (select from request_payload p where p.request_id = r.id and p.expires_at > now()) as has_payload
       from request r where ${where.sql}`,
      where.parameters,
    );
    if (!row) throw usageErrors.request_not_found({ id });
    const attempts = await this.database.query<AttemptRow[]>(
      `select * from attempt where request_id = $1 and tenant_id = $2 order by number, started_at`,
      [id, access.tenantId],
    );
    return { ...toRequestView(row), attempts: attempts.map(toAttemptView), hasPayload: row.has_payload };
  }

  /** All that match, newest first, read from a cursor of the database a few hundred at a time. */
  async stream(access: Access, query: ExportRequests): Promise<AsyncGenerator<RequestView[]>> {
    const where = await this.conditions(access, query);
    const sql = `select r.* from request r where ${where.sql} ${NEWEST_FIRST}`;
    return streamRows(this.database, { sql, parameters: where.parameters, view: toRequestView });
  }

  private async conditions(access: Access, query: ExportRequests): Promise<Conditions> {
    return Conditions.reachedBy(await this.projects.narrow(access, query.project), 'r.')
      .add(instant(query.from), (from) => `r.started_at >= ${from}::timestamptz`)
      .add(instant(query.to), (to) => `r.started_at < ${to}::timestamptz`)
      .add(query.status, (status) => `r.status = ${status}`)
      .add(query.outcome, (outcome) => `r.outcome = ${outcome}`)
      .add(query.token, (token) => `r.token_id = ${token}`)
      .add(query.profile, (profile) => `r.profile_id = ${profile}`)
      .add(query.model, (model) => called('model_id', model))
      .add(query.provider, (provider) => called('provider_id', provider))
      .add(query.minCostUsd, (usd) => `r.cost_picos >= ${usd}::numeric * ${USD_IN_PICOS}`)
      .add(query.minDurationMs, (ms) => `r.duration_ms >= ${ms}`)
      .add(query.errorCode, (code) => `r.error_code = ${code}`)
      .add(query.requestId, (id) => `r.id = ${id}`);
  }
}

function instant(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

/** Called last, or by one of several attempts. */
function called(column: 'model_id' | 'provider_id', id: string): string {
  return `(r.${column} = ${id} or r.attempts > 1 and exists (
    select from attempt a where a.request_id = r.id and a.${column} = ${id}))`;
}

function readCursor(cursor: string): [at: string, id: string] {
  const [at = '', id = ''] = decodeCursor(cursor, 'instant', 'id');
  return [new Date(at).toISOString(), id];
}
