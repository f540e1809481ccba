import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Access } from '../common/http/access.js';
import { ProjectsService } from '../identity/projects.service.js';
import { profileErrors } from '../profiles/profiles.errors.js';
import { CurrentSnapshot } from '../snapshot/current-snapshot.js';
import { CurrentViews } from '../snapshot/current-views.js';
import { profileKey, type ProfileEntry, type Snapshot } from '../snapshot/snapshot.js';
import { Compiler } from './compiler.service.js';
import { viewsOf } from './decision.js';
import { plan } from './planner.js';
import { toSimulationView, type SimulationView, type SnapshotCounts, type SnapshotView } from './routing.dto.js';
import type { SimulateRequest } from './simulate.dto.js';
import { simulatedFeatures } from './simulated-features.js';

/** Shows what the data plane would do, by the same snapshot and the same planner. */
@Injectable()
export class RoutingService {
  constructor(
    private readonly current: CurrentSnapshot,
    private readonly compiler: Compiler,
    private readonly views: CurrentViews,
    private readonly projects: ProjectsService,
  ) {}

  /** Plans a request without making it. Throws `profile.not_found`. */
  async simulate(access: Access, asked: SimulateRequest): Promise<SimulationView> {
    const projectId = await this.projects.resolve(access, asked.project);
    await this.compiler.refresh(); // whoever has just saved something wants to see that
    const snapshot = this.current.get();
    const profile = findProfile(snapshot, projectId, asked.profile);
    if (!profile) throw profileErrors.not_found({ profile: asked.profile });
    const operation = asked.operation ?? profile.operation;
    const seed = asked.seed ?? randomInt(2 ** 32);
    const views = asked.seen ? viewsOf(asked.seen, snapshot) : this.views;
    const features = simulatedFeatures(asked, operation, seed);
    return toSimulationView(snapshot, profile, { plan: plan(snapshot, profile, features, views), operation, seed });
  }

  /** How the snapshot of this process stands. */
  describe({ tenantId }: Access): SnapshotView {
    const { revision, appliedAt, checkedAt, lastError } = this.compiler.state;
    const ageSeconds = checkedAt && (Date.now() - checkedAt.getTime()) / 1000;
    return { revision, appliedAt, checkedAt, ageSeconds, lastError, counts: countsOf(this.current.get(), tenantId) };
  }
}

function findProfile(snapshot: Snapshot, projectId: string, reference: string): ProfileEntry | undefined {
  const id = snapshot.profileNames.get(profileKey(projectId, reference)) ?? reference;
  const profile = snapshot.profiles.get(id);
  return profile?.projectId === projectId ? profile : undefined;
}

function countsOf({ tokens, projects, profiles, models, providers }: Snapshot, tenantId: string): SnapshotCounts {
  const count = (entries: Iterable<{ tenantId: string }>) => {
    let counted = 0;
    for (const entry of entries) if (entry.tenantId === tenantId) counted++;
    return counted;
  };
  let served = 0;
  for (const { providerId } of models.values()) if (providers.get(providerId)?.tenantId === tenantId) served++;
  return {
    tokens: count(tokens.values()),
    projects: count(projects.values()),
    profiles: count(profiles.values()),
    models: served,
    providers: count(providers.values()),
  };
}
