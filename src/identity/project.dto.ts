import { OmitType, PartialType } from '@nestjs/swagger';
import { IsIn, IsInt, IsString, Matches, Max, Min } from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { PageQuery } from '../common/http/paging.js';
import { Trim } from '../common/http/trim.decorator.js';
import { CAPTURE_MODES, type CaptureMode, type Project } from './project.entity.js';

export const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;
export const NAME_RULE = {
  message: '$property must be 1 to 64 letters, digits, spaces, dots, dashes or underscores, a letter or digit first',
};

export class CreateProject {
  /**
   * What it is called. Unique in the tenant.
   * @example search
   */
  @Trim()
  @IsString()
  @Matches(NAME, NAME_RULE)
  name!: string;

  /** What is kept of each request's payload: nothing, its shape and sizes, or all of it, sealed. `none` by default. */
  @Omittable()
  @IsIn(CAPTURE_MODES)
  capture?: CaptureMode;

  /** For how many days payloads are kept. 7 by default. */
  @Omittable()
  @IsInt()
  @Min(1)
  @Max(365)
  captureDays?: number;
}

export class UpdateProject extends PartialType(CreateProject, { skipNullProperties: false }) {}

/** The body of a create-or-update: what is left out keeps its value, or gets the default in a new project. */
export class PutProject extends PartialType(OmitType(CreateProject, ['name']), { skipNullProperties: false }) {}

export class ListProjects extends PageQuery {
  /** Only projects whose name contains this. */
  @Omittable()
  @IsString()
  q?: string;
}

export class ProjectView {
  /** @example 019a9e2b-7c31-7d0a-b3a4-5f1c2d3e4f50 */
  id!: string;

  /** @example search */
  name!: string;
  capture!: CaptureMode;
  captureDays!: number;
  version!: number;
  createdAt!: Date;
  updatedAt!: Date;
}

export class ProjectPage {
  items!: ProjectView[];
  nextCursor!: string | null;
}

export function toProjectView(project: Project): ProjectView {
  const { id, name, capture, captureDays, version, createdAt, updatedAt } = project;
  return { id, name, capture, captureDays, version, createdAt, updatedAt };
}
