import { Injectable } from '@nestjs/common';
import type { Write } from '../audit/writes.service.js';
import type { Access } from '../common/http/access.js';
import type { ModelEntry } from '../snapshot/snapshot.js';
import { PreflightCalls } from './preflight-calls.service.js';
import type { ProfileBody } from './profile-body.js';
import { checkBody, type Check, type Surroundings } from './profile-checks.js';
import { ProfileReads } from './profile-reads.service.js';
import { ProfileRows } from './profile-rows.service.js';
import type { CreateProfile, UpdateProfile } from './profile.dto.js';
import type { Profile } from './profile.entity.js';
import { ProfilesService } from './profiles.service.js';

const CALLS_AT_ONCE = 4;

/** Tries what saving would do, and what a request would meet, and leaves everything as it is. */
@Injectable()
export class ProfilePreflight {
  constructor(
    private readonly profiles: ProfilesService,
    private readonly reads: ProfileReads,
    private readonly rows: ProfileRows,
    private readonly calls: PreflightCalls,
  ) {}

  /** Of a profile that is not there yet. Throws what saving it would throw. */
  async ofNew(access: Access, input: CreateProfile, projectParam?: string): Promise<Check[]> {
    const place = await this.reads.place(access, projectParam);
    return this.check(access, await this.dryRun((write) => this.profiles.insertIn(write, access, place, input)));
  }

  /** Of a saved profile with these changes. Throws what saving them would throw. */
  async ofSaved(access: Access, id: string, input: UpdateProfile): Promise<Check[]> {
    const change = { id, expected: null };
    return this.check(access, await this.dryRun((write) => this.profiles.changeIn(write, access, change, input)));
  }

  /** Saves by the code that saves, looks at the outcome, and takes it back. */
  private async dryRun(save: (write: Write) => Promise<Profile>): Promise<ProfileBody> {
    let body: ProfileBody | undefined;
    const attempt = this.reads.manager.transaction(async (manager) => {
      const profile = await save({ manager, audit: () => undefined, changed: () => undefined });
      body = await this.rows.bodyOf(manager, profile);
      throw new TakenBack();
    });
    await attempt.catch((error: unknown) => {
      if (!(error instanceof TakenBack)) throw error;
    });
    if (!body) throw new Error('A dry run that found nothing.');
    return body;
  }

  private async check(access: Access, body: ProfileBody): Promise<Check[]> {
    const around = await this.reads.around(body);
    return [...checkBody(body, around), ...(await this.call(access, body, around))];
  }

  private async call(access: Access, { targets }: ProfileBody, { models }: Surroundings): Promise<Check[]> {
    const found = targets.map(({ modelId }) => models.get(modelId)).filter((model) => model !== undefined);
    const checks = new Map<string, Check[]>();
    const waiting = found.values();
    const worker = async () => {
      for (const model of waiting) checks.set(model.id, await this.calls.check(access, model));
    };
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, worker));
    return found.flatMap((model: ModelEntry) => checks.get(model.id) ?? []);
  }
}

/** Ends a transaction that was only tried. */
class TakenBack extends Error {}
