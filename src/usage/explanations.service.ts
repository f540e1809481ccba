import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Access } from '../common/http/access.js';
import type { DecisionRecord } from '../journal/decision-record.js';
import { toExplanationView, type ExplanationView } from './explanation.dto.js';
import { Labels } from './labels.service.js';
import { Requests } from './requests.service.js';

/** Tells why requests went where they went, from what was kept with them. */
@Injectable()
export class Explanations {
  constructor(
    private readonly database: DataSource,
    private readonly requests: Requests,
    private readonly labels: Labels,
  ) {}

  /** Explains one request. Throws `usage.request_not_found`. */
  async of(access: Access, id: string): Promise<ExplanationView> {
    const request = await this.requests.get(access, id);
    const [row] = await this.database.query<{ decision: DecisionRecord | null }[]>(
      `select decision from request where id = $1 and tenant_id = $2`,
      [id, access.tenantId],
    );
    const decision = row?.decision ?? null;
    const models = [...(decision?.candidates ?? []), ...(decision?.rejected ?? [])].map(({ model }) => model);
    return toExplanationView(request, decision, await this.labels.of(access, 'model', models));
  }
}
