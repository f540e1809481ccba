import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { isUUID } from 'class-validator';
import { In, Repository, type FindOptionsWhere } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { Project } from './project.entity.js';
import { projectErrors } from './projects.errors.js';

/** Projects, and the way from a caller's `?project=` to one that it reaches. */
@Injectable()
export class ProjectsService {
  constructor(@InjectRepository(Project) private readonly projects: Repository<Project>) {}

  /** The id of the project that a write goes to. Without `param` it is the caller's only one. Throws 404 or 400. */
  async resolve(access: Access, param?: string): Promise<string> {
    if (param !== undefined) return (await this.named(access, param)).id;
    const reached = await this.projects.find({ where: reachable(access), select: { id: true }, take: 2 });
    const [only] = reached;
    if (!only || reached.length > 1) throw projectErrors.required();
    return only.id;
  }

  /** The same access, narrowed to one project when a list is filtered by it. Throws 404 for one out of reach. */
  async narrow(access: Access, param?: string): Promise<Access> {
    return param === undefined ? access : { ...access, projectIds: [await this.resolve(access, param)] };
  }

  private async named(access: Access, param: string): Promise<Project> {
    const where = isUUID(param) ? [reachable(access, { id: param })] : [reachable(access, { name: param })];
    const project = await this.projects.findOne({ where });
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
