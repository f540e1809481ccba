import { Injectable } from '@nestjs/common';
import type { Access } from '../../common/http/access.js';
import { toPage } from '../../common/http/paging.js';
import { ModelReads } from '../../models/model-reads.service.js';
import { namePage } from '../../providers/scope.js';
import { CurrentSnapshot } from '../../snapshot/current-snapshot.js';
import { CurrentHealth } from '../../snapshot/health/current-health.js';
import { toTargetHealthView, type TargetHealthPage, type TargetHealthQuery } from './target-health.dto.js';

/** Shows the health of targets to those who may see their models. */
@Injectable()
export class TargetHealths {
  constructor(
    private readonly models: ModelReads,
    private readonly snapshot: CurrentSnapshot,
    private readonly health: CurrentHealth,
  ) {}

  async list(access: Access, { provider, project, ...query }: TargetHealthQuery): Promise<TargetHealthPage> {
    const page = namePage(query);
    const rows = await this.models.list(access, { provider, project }, page);
    const seen = { health: this.health, snapshot: this.snapshot.get(), now: Date.now() };
    return toPage(rows, page.limit, {
      view: ({ model }) => toTargetHealthView(model, seen),
      cursor: ({ model }) => [model.name, model.id],
    });
  }
}
