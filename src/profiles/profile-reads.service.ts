import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { toPage, type Page } from '../common/http/paging.js';
import { ProjectsService } from '../identity/projects.service.js';
import { namePage, pageByName, visibleTo } from '../providers/scope.js';
import type { ProfileBody } from './profile-body.js';
import type { Surroundings } from './profile-checks.js';
import type { ProfilePlaceIds } from './profile-inputs.service.js';
import { ProfileSurroundings } from './profile-surroundings.service.js';
import { toProfileView, type ProfileDetails, type ProfileView } from './profile-view.dto.js';
import type { ListProfiles } from './profile.dto.js';
import { Profile } from './profile.entity.js';
import { profileErrors } from './profiles.errors.js';

/** Looks profiles up. */
@Injectable()
export class ProfileReads {
  constructor(
    @InjectRepository(Profile) private readonly profiles: Repository<Profile>,
    private readonly surroundings: ProfileSurroundings,
    private readonly projects: ProjectsService,
  ) {}

  /** For reads outside of a transaction. */
  get manager(): EntityManager {
    return this.profiles.manager;
  }

  /** Where a new profile goes. Throws `project.required`, `project.not_found`. */
  async place(access: Access, projectParam?: string): Promise<ProfilePlaceIds> {
    return { tenantId: access.tenantId, projectId: await this.projects.resolve(access, projectParam) };
  }

  /** The row. Throws `profile.not_found` also for one out of reach. */
  async find(access: Access, id: string, manager = this.profiles.manager): Promise<Profile> {
    const profile = await this.reachable(access, manager).andWhere('profile.id = :id', { id }).getOne();
    if (!profile) throw profileErrors.not_found({ profile: id });
    return profile;
  }

  /** The row, locked until the transaction of `manager` ends. */
  async lock(access: Access, id: string, manager: EntityManager): Promise<Profile> {
    const profile = await this.reachable(access, manager)
      .andWhere('profile.id = :id', { id })
      .setLock('pessimistic_write')
      .getOne();
    if (!profile) throw profileErrors.not_found({ profile: id });
    return profile;
  }

  /** The project's profile of that name, if there is one. */
  findNamed(projectId: string, name: string): Promise<Profile | null> {
    return this.profiles.findOneBy({ projectId, name });
  }

  async get(access: Access, id: string): Promise<ProfileView> {
    return this.view(await this.find(access, id));
  }

  /** Lists by name. */
  async list(access: Access, filter: ListProfiles): Promise<Page<ProfileView>> {
    const { limit, after } = namePage(filter);
    const query = this.reachable(await this.projects.narrow(access, filter.project), this.profiles.manager);
    if (filter.operation) query.andWhere('profile.operation = :operation', { operation: filter.operation });
    if (filter.isEnabled) query.andWhere('profile.isEnabled = :on', { on: filter.isEnabled === 'true' });
    if (filter.name !== undefined) query.andWhere(NAMED, { name: filter.name });
    if (filter.q !== undefined) query.andWhere(`(${FOUND})`, { q: filter.q });
    const rows = await pageByName(query, limit + 1, after).getMany();
    const details = await this.surroundings.details(this.profiles.manager, rows);
    return toPage(details, limit, { view: toProfileView, cursor: ({ profile }) => [profile.name, profile.id] });
  }

  /** What a body leads to. */
  around(body: ProfileBody): Promise<Surroundings> {
    return this.surroundings.of(this.manager, [body]);
  }

  /** The profile as it is shown. */
  async view(profile: Profile, manager = this.profiles.manager): Promise<ProfileView> {
    const [details] = await this.surroundings.details(manager, [profile]);
    return toProfileView(details as ProfileDetails);
  }

  private reachable(access: Access, manager: EntityManager): SelectQueryBuilder<Profile> {
    return visibleTo(manager.createQueryBuilder(Profile, 'profile'), access);
  }
}

const NAMED = `exists (select from profile_name n where n.profile_id = profile.id and n.name = :name)`;
const FOUND = `strpos(lower(profile.description), lower(:q)) > 0
  or exists (select from profile_name n where n.profile_id = profile.id and strpos(lower(n.name), lower(:q)) > 0)`;
