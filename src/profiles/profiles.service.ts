import { Injectable } from '@nestjs/common';
import { Writes, type Write } from '../audit/writes.service.js';
import { AppError } from '../common/errors/app-error.js';
import type { Access } from '../common/http/access.js';
import type { NamedPlace } from '../common/http/by-name.decorator.js';
import { assertVersion, type ExpectedVersion } from '../common/http/etag.js';
import { diffBodies } from './body-diff.js';
import { blankBody, withChanges, type ProfileBody } from './profile-body.js';
import { assertBody, ProfileInputs, type ProfilePlaceIds } from './profile-inputs.service.js';
import { ProfileReads } from './profile-reads.service.js';
import { ProfileRows } from './profile-rows.service.js';
import type { ProfileView } from './profile-view.dto.js';
import type { CreateProfile, PutProfile, UpdateProfile } from './profile.dto.js';
import type { Profile } from './profile.entity.js';

/** Makes profiles, changes them and takes them away. Each change is a new revision. */
@Injectable()
export class ProfilesService {
  constructor(
    private readonly reads: ProfileReads,
    private readonly inputs: ProfileInputs,
    private readonly rows: ProfileRows,
    private readonly writes: Writes,
  ) {}

  /** Makes a profile. Throws `profile.name_taken`, `profile.invalid_field`. */
  async create(access: Access, input: CreateProfile, projectParam?: string): Promise<ProfileView> {
    const place = await this.reads.place(access, projectParam);
    return this.writes.run(access, async (write) => {
      const profile = await this.insertIn(write, access, place, input);
      return this.reads.view(profile, write.manager);
    });
  }

  /** Makes the profile of that name, or changes what is given of it. */
  async put(
    access: Access,
    { name, within }: NamedPlace,
    input: PutProfile,
    expected: ExpectedVersion,
  ): Promise<{ view: ProfileView; isNew: boolean }> {
    const { projectId } = await this.reads.place(access, within);
    const change = async ({ id }: Profile) => ({ view: await this.update(access, id, input, expected), isNew: false });
    const existing = await this.reads.findNamed(projectId, name);
    if (existing) return change(existing);
    assertVersion(null, expected);
    try {
      return { view: await this.create(access, { ...input, name }, projectId), isNew: true };
    } catch (error) {
      const quicker = isTaken(error) && (await this.reads.findNamed(projectId, name));
      if (quicker) return change(quicker);
      throw error;
    }
  }

  /** Changes what is given. What changes nothing makes no revision. Throws `version.mismatch`. */
  async update(access: Access, id: string, input: UpdateProfile, expected: ExpectedVersion): Promise<ProfileView> {
    const profile = await this.reads.find(access, id);
    assertVersion(profile.version, expected);
    if (await this.isSame(profile, input)) return this.reads.view(profile);
    return this.writes.run(access, async (write) =>
      this.reads.view(await this.changeIn(write, access, { id, expected }, input), write.manager),
    );
  }

  /** Removes a profile that no token is bound to. Throws `profile.in_use`. */
  remove(access: Access, id: string, expected: ExpectedVersion): Promise<void> {
    return this.writes.run(access, async (write) => {
      const profile = await this.reads.lock(access, id, write.manager);
      assertVersion(profile.version, expected);
      await this.rows.remove(write, profile, await this.rows.bodyOf(write.manager, profile));
    });
  }

  /** Makes a profile in the caller's transaction. */
  async insertIn(write: Write, access: Access, place: ProfilePlaceIds, input: CreateProfile): Promise<Profile> {
    const changes = await this.inputs.changes(write.manager, place, input);
    const body = withChanges(blankBody(input.name, input.operation ?? 'chat'), changes);
    assertBody(body);
    return this.rows.insert(write, access, place, body);
  }

  /** Changes a profile in the caller's transaction. */
  async changeIn(
    write: Write,
    access: Access,
    { id, expected }: { id: string; expected: ExpectedVersion },
    input: UpdateProfile,
  ): Promise<Profile> {
    const profile = await this.reads.lock(access, id, write.manager);
    assertVersion(profile.version, expected);
    const before = await this.rows.bodyOf(write.manager, profile);
    const after = await this.bodyAfter(write.manager, { profile, before }, input);
    return this.rows.save(write, access, profile, { action: 'profile.updated', before, after });
  }

  private async isSame(profile: Profile, input: UpdateProfile): Promise<boolean> {
    const { manager } = this.reads;
    const before = await this.rows.bodyOf(manager, profile);
    return diffBodies(before, await this.bodyAfter(manager, { profile, before }, input)).length === 0;
  }

  private async bodyAfter(
    manager: Write['manager'],
    { profile, before }: { profile: Profile; before: ProfileBody },
    input: UpdateProfile,
  ): Promise<ProfileBody> {
    const after = withChanges(before, await this.inputs.changes(manager, profile, input));
    assertBody(after);
    return after;
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof AppError && error.code === 'profile.name_taken';
}
