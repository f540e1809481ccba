import { Injectable } from '@nestjs/common';
import type { Access } from '../common/http/access.js';
import { toAllowanceStatusView, type AllowanceStatusView } from './allowance-status.dto.js';
import { toAllowanceEntry } from './allowance-entries.js';
import { allowanceErrors } from './allowances.errors.js';
import { AllowancesService } from './allowances.service.js';
import { StandingsService } from './standings.service.js';

/** Shows how allowances stand. */
@Injectable()
export class AllowanceStatus {
  constructor(
    private readonly allowances: AllowancesService,
    private readonly standings: StandingsService,
  ) {}

  /** Throws `allowance.not_found`. */
  async get(access: Access, id: string): Promise<AllowanceStatusView> {
    const row = await this.allowances.row(access, id);
    const [first, ...others] = await this.standings.of([{ entry: toAllowanceEntry(row) }]);
    if (!first) throw allowanceErrors.not_found({ id });
    return toAllowanceStatusView(row, [first, ...others]);
  }
}
