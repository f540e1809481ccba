import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { isUUID } from 'class-validator';
import { In, Repository, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { Writes, type Write } from '../audit/writes.service.js';
import { AppError } from '../common/errors/app-error.js';
import type { Access } from '../common/http/access.js';
import { assertVersion, type ExpectedVersion } from '../common/http/etag.js';
import { decodeCursor, DEFAULT_PAGE_SIZE, toPage, type Page } from '../common/http/paging.js';
import { newId } from '../common/ids.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { dependantsOf } from './dependants.js';
import {
  toProjectView,
  type CreateProject,
  type ListProjects,
  type ProjectView,
  type PutProject,
  type UpdateProject,
} from './project.dto.js';
import { Project } from './project.entity.js';
import { projectErrors } from './projects.errors.js';

const DEFAULTS = { capture: 'none', captureDays: 7 } as const;

/** What a put by name did. */
interface PutAnswer {
  readonly view: ProjectView;
  readonly isNew: boolean;
}

/** Projects, and the way from a caller's `?project=` to one that it reaches. */
@Injectable()
export class ProjectsService {
  constructor(
    @InjectRepository(Project) private readonly projects: Repository<Project>,
    private readonly writes: Writes,
  ) {}

  /** The id of the project that a write goes to. Without `param` it is the caller's only one. Throws 404 or 400. */
  async resolve(access: Access, param?: string): Promise<string> {
    if (param !== undefined) return (await this.find(access, param)).id;
    const reached = await this.projects.find({ where: reachable(access), select: { id: true }, take: 2 });
    const [only] = reached;
    if (!only || reached.length > 1) throw projectErrors.required();
    return only.id;
  }

  /** The same access, narrowed to one project when a list is filtered by it. Throws 404 for one out of reach. */
  async narrow(access: Access, param?: string): Promise<Access> {
    return param === undefined ? access : { ...access, projectIds: [await this.resolve(access, param)] };
  }

  /** The names of projects, by id. Those out of reach are left out. */
  async names(access: Access, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = await this.projects.findBy({ tenantId: access.tenantId, id: In([...new Set(ids)]) });
    return new Map(found.map(({ id, name }) => [id, name]));
  }

  /** Lists by name. */
  async list(access: Access, { limit = DEFAULT_PAGE_SIZE, cursor, q }: ListProjects): Promise<Page<ProjectView>> {
    const query = this.projects.createQueryBuilder('project').where(reachable(access));
    if (q !== undefined) query.andWhere('position(lower(:q) in lower(project.name)) > 0', { q });
    if (cursor !== undefined) query.andWhere('project.name > :after', { after: decodeCursor(cursor, 'text')[0] });
    const rows = await query
      .orderBy('project.name')
      .take(limit + 1)
      .getMany();
    return toPage(rows, limit, { view: toProjectView, cursor: ({ name }) => [name] });
  }

  /** One project, by id or name. */
  async get(access: Access, param: string): Promise<ProjectView> {
    return toProjectView(await this.find(access, param));
  }

  create(access: Access, input: CreateProject): Promise<ProjectView> {
    return this.writes.run(access, (write) => this.insert(write, access, input));
  }

  /** Creates the project of that name, or changes it. `isNew` says which. */
  put(access: Access, name: string, input: PutProject, expected: ExpectedVersion): Promise<PutAnswer> {
    const attempt = (): Promise<PutAnswer> =>
      this.writes.run(access, async (write) => {
        const existing = await locked(write.manager, reachable(access, { name }));
        assertVersion(existing?.version ?? null, expected);
        if (!existing) return { view: await this.insert(write, access, { ...input, name }), isNew: true };
        return { view: await this.change(write, existing, input), isNew: false };
      });
    // Somebody may create it between the look and the insert; then it is there to be changed.
    return attempt().catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'project.name_taken') return attempt();
      throw error;
    });
  }

  update(access: Access, id: string, changes: UpdateProject, expected: ExpectedVersion): Promise<ProjectView> {
    return this.writes.run(access, async (write) => {
      const project = await lockedOrThrow(write.manager, access, id);
      assertVersion(project.version, expected);
      return this.change(write, project, changes);
    });
  }

  /** Removes an empty project, with the roles held in it. Throws `project.in_use` with what is still there. */
  remove(access: Access, id: string, expected: ExpectedVersion): Promise<void> {
    return this.writes.run(access, async (write) => {
      const project = await lockedOrThrow(write.manager, access, id);
      assertVersion(project.version, expected);
      await write.manager.query(`delete from admin_key where project_id = $1 and revoked_at is not null`, [id]);
      const dependants = await dependantsOf(write.manager, { table: 'project', id }, ['member_role']);
      if (dependants.length > 0) throw projectErrors.in_use({ dependants });
      await write.manager.query(`delete from member_role where project_id = $1`, [id]);
      await write.manager.delete(Project, { id });
      write.audit({ action: 'project.deleted', ...targetOf(project), before: toProjectView(project) });
      write.changed('project', id);
    });
  }

  private async insert(write: Write, access: Access, input: CreateProject): Promise<ProjectView> {
    if (access.projectIds !== 'all') throw projectErrors.not_for_projects();
    const fresh = write.manager.create(Project, {
      ...DEFAULTS,
      ...given(input),
      id: newId(),
      tenantId: access.tenantId,
    });
    const project = await save(write.manager, fresh);
    write.audit({ action: 'project.created', ...targetOf(project), after: toProjectView(project) });
    write.changed('project', project.id);
    return toProjectView(project);
  }

  private async change(write: Write, project: Project, changes: UpdateProject): Promise<ProjectView> {
    const before = toProjectView(project);
    const saved = await save(write.manager, Object.assign(project, given(changes)));
    write.audit({ action: 'project.updated', ...targetOf(saved), before, after: toProjectView(saved) });
    write.changed('project', saved.id);
    return toProjectView(saved);
  }

  private async find(access: Access, param: string): Promise<Project> {
    const project = await this.projects.findOneBy(reachable(access, isUUID(param) ? { id: param } : { name: param }));
    if (!project) throw projectErrors.not_found({ project: param });
    return project;
  }
}

function reachable(
  { tenantId, projectIds }: Access,
  wanted: { id?: string; name?: string } = {},
): FindOptionsWhere<Project> {
  if (projectIds === 'all') return { tenantId, ...wanted };
  const ids = wanted.id === undefined ? projectIds : projectIds.filter((id) => id === wanted.id);
  return { tenantId, ...wanted, id: In([...ids]) };
}

function locked(manager: EntityManager, where: FindOptionsWhere<Project>): Promise<Project | null> {
  return manager.findOne(Project, { where, lock: { mode: 'pessimistic_write' } });
}

async function lockedOrThrow(manager: EntityManager, access: Access, id: string): Promise<Project> {
  const project = await locked(manager, reachable(access, { id }));
  if (!project) throw projectErrors.not_found({ project: id });
  return project;
}

/** A DTO's fields that were sent: those that were not are `undefined`, and would hide a default. */
function given<T extends object>(input: T): T {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as T;
}

function targetOf({ id, name }: Project): { target: { kind: string; id: string; label: string }; projectId: string } {
  return { target: { kind: 'project', id, label: name }, projectId: id };
}

async function save(manager: EntityManager, project: Project): Promise<Project> {
  try {
    return await manager.save(project);
  } catch (error) {
    if (isUniqueViolation(error, 'project_name_key')) {
      throw projectErrors.name_taken({ name: project.name }, { cause: error });
    }
    throw error;
  }
}
