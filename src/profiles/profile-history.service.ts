import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository } from 'typeorm';
import { Writes } from '../audit/writes.service.js';
import type { Access } from '../common/http/access.js';
import { assertVersion, type ExpectedVersion } from '../common/http/etag.js';
import { decodeCursor, DEFAULT_PAGE_SIZE, toPage, type Page, type PageQuery } from '../common/http/paging.js';
import { completed, type ProfileBody } from './profile-body.js';
import { ProfileReads } from './profile-reads.service.js';
import { ProfileRevision } from './profile-revision.entity.js';
import { ProfileRows } from './profile-rows.service.js';
import {
  toFullRevisionView,
  toRevisionView,
  type FullRevisionView,
  type ProfileView,
  type RevisionView,
} from './profile-view.dto.js';
import { profileErrors } from './profiles.errors.js';

/** The highest number that a revision may have. */
const MAX_NUMBER = 2 ** 31 - 1;

/** What profiles were, and the way back. */
@Injectable()
export class ProfileHistory {
  constructor(
    @InjectRepository(ProfileRevision) private readonly revisions: Repository<ProfileRevision>,
    private readonly reads: ProfileReads,
    private readonly rows: ProfileRows,
    private readonly writes: Writes,
  ) {}

  /** Lists, the newest first. */
  async list(
    access: Access,
    profileId: string,
    { limit = DEFAULT_PAGE_SIZE, cursor }: PageQuery,
  ): Promise<Page<RevisionView>> {
    await this.reads.find(access, profileId);
    const before = cursor === undefined ? Infinity : Number(decodeCursor(cursor, 'whole')[0]);
    const older = before <= MAX_NUMBER ? { number: LessThan(before) } : {};
    const rows = await this.revisions.find({
      where: { profileId, ...older },
      order: { number: 'DESC' },
      take: limit + 1,
    });
    return toPage(rows, limit, { view: toRevisionView, cursor: ({ number }) => [String(number)] });
  }

  /** One revision whole. Throws `profile.revision_not_found`. */
  async get(access: Access, profileId: string, number: number): Promise<FullRevisionView> {
    await this.reads.find(access, profileId);
    return toFullRevisionView(await this.find(profileId, number));
  }

  /** Makes a new revision that is equal to an old one. Throws `profile.model_gone`, `profile.name_taken`. */
  async rollBack(access: Access, id: string, number: number, expected: ExpectedVersion): Promise<ProfileView> {
    return this.writes.run(access, async (write) => {
      const profile = await this.reads.lock(access, id, write.manager);
      assertVersion(profile.version, expected);
      const after = completed((await this.find(id, number)).body);
      await this.assertModels(after);
      const before = await this.rows.bodyOf(write.manager, profile);
      await this.rows.save(write, access, profile, { action: 'profile.rolled_back', before, after });
      return this.reads.view(profile, write.manager);
    });
  }

  private async find(profileId: string, number: number): Promise<ProfileRevision> {
    const isPossible = number > 0 && number <= MAX_NUMBER;
    const revision = isPossible && (await this.revisions.findOneBy({ profileId, number }));
    if (!revision) throw profileErrors.revision_not_found({ number });
    return revision;
  }

  private async assertModels(body: ProfileBody): Promise<void> {
    const { models } = await this.reads.around(body);
    const gone = body.targets.map(({ modelId }) => modelId).filter((modelId) => !models.has(modelId));
    if (gone.length > 0) throw profileErrors.model_gone({ models: gone });
  }
}
