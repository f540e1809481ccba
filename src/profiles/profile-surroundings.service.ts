import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ModelReads } from '../models/model-reads.service.js';
import { ProviderReads } from '../providers/provider-reads.service.js';
import type { ProfileBody } from './profile-body.js';
import type { Surroundings } from './profile-checks.js';
import { ProfileRows } from './profile-rows.service.js';
import type { ProfileDetails } from './profile-view.dto.js';
import type { Profile } from './profile.entity.js';

/** Reads what profiles lead to. */
@Injectable()
export class ProfileSurroundings {
  constructor(
    private readonly rows: ProfileRows,
    private readonly models: ModelReads,
    private readonly providers: ProviderReads,
  ) {}

  /** The profiles with their bodies, models and providers, in the same order. */
  async details(manager: EntityManager, profiles: readonly Profile[]): Promise<ProfileDetails[]> {
    if (profiles.length === 0) return [];
    const bodies = await this.rows.bodiesOf(manager, profiles);
    const around = await this.of(manager, [...bodies.values()]);
    return profiles.map((profile) => ({ profile, body: bodies.get(profile.id) as ProfileBody, around }));
  }

  /** The models and providers of these bodies. */
  async of(manager: EntityManager, bodies: readonly ProfileBody[]): Promise<Surroundings> {
    const modelIds = [...new Set(bodies.flatMap(({ targets }) => targets.map(({ modelId }) => modelId)))];
    const models = await this.models.entries(modelIds, manager);
    const providers = await this.providers.entries([...new Set(models.map(({ providerId }) => providerId))], manager);
    return {
      models: new Map(models.map((model) => [model.id, model])),
      providers: new Map(providers.map((provider) => [provider.id, provider])),
    };
  }
}
