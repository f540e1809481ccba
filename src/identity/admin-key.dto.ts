import { OmitType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDate, IsIn, IsOptional, IsString, Matches, MaxLength, MinDate } from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { PageQuery } from '../common/http/paging.js';
import { ROLES, type Role } from '../common/http/permissions.js';
import { Trim } from '../common/http/trim.decorator.js';
import type { AdminKey } from './admin-key.entity.js';
import { NAME, NAME_RULE } from './project.dto.js';

export class CreateAdminKey {
  /**
   * What it is for. Unique among the keys in use of its project or tenant.
   * @example "deploy pipeline"
   */
  @Trim()
  @IsString()
  @Matches(NAME, NAME_RULE)
  name!: string;

  /** What it may do. Not more than the caller may. */
  @IsIn(ROLES)
  role!: Role;

  /**
   * The project it is for, by id or name. Left out: the whole tenant.
   * @example search
   */
  @Omittable()
  @IsString()
  @MaxLength(64)
  project?: string;

  /** When it ends by itself. Never, when left out. */
  @Omittable()
  @Type(() => Date)
  @IsDate()
  @MinDate(() => new Date(), { message: 'expiresAt must be in the future' })
  expiresAt?: Date;
}

/** The body of a create-or-update: `role` is what the key may do from now on. */
export class PutAdminKey extends OmitType(CreateAdminKey, ['name', 'project', 'expiresAt']) {
  /** When it ends by itself; `null`: never. Left out: as it is, and never for a new one. */
  @IsOptional()
  @Type(() => Date)
  @IsDate()
  @MinDate(() => new Date(), { message: 'expiresAt must be in the future' })
  expiresAt?: Date | null;
}

export class ListAdminKeys extends PageQuery {
  /** Only keys of this project (id or name). */
  @Omittable()
  @IsString()
  @MaxLength(64)
  project?: string;

  /** `active` by default. */
  @Omittable()
  @IsIn(['active', 'expired', 'revoked', 'all'])
  status?: 'active' | 'expired' | 'revoked' | 'all';
}

export class AdminKeyView {
  id!: string;

  /** @example "deploy pipeline" */
  name!: string;
  role!: Role;

  /** `null` for the whole tenant. */
  projectId!: string | null;

  /**
   * The part of the key that may be shown and logged.
   * @example 4f0c1k2m3n5p6q7r
   */
  publicId!: string;
  status!: 'active' | 'expired' | 'revoked';

  /** Who made it. */
  createdBy!: string;

  /** Written every few seconds. */
  lastUsedAt!: Date | null;
  expiresAt!: Date | null;
  revokedAt!: Date | null;
  version!: number;
  createdAt!: Date;
}

export class NewAdminKeyView extends AdminKeyView {
  /**
   * Shown once. Send it as `Authorization: Bearer …`.
   * @example wgla_4f0c1k2m3n5p6q7r_…
   */
  key!: string;
}

export class PutAdminKeyView extends AdminKeyView {
  /**
   * Shown once; `null` when the key was there already.
   * @example wgla_4f0c1k2m3n5p6q7r_…
   */
  key!: string | null;
}

export class AdminKeyPage {
  items!: AdminKeyView[];
  nextCursor!: string | null;
}

export function toAdminKeyView(adminKey: AdminKey): AdminKeyView {
  const { id, name, role, publicId, createdBy, version, createdAt, projectId = null, lastUsedAt = null } = adminKey;
  const { expiresAt = null, revokedAt = null } = adminKey;
  const status = statusOf({ expiresAt, revokedAt });
  const times = { lastUsedAt, expiresAt, revokedAt };
  return { id, name, role, projectId, publicId, status, createdBy, ...times, version, createdAt };
}

function statusOf({
  expiresAt,
  revokedAt,
}: {
  expiresAt: Date | null;
  revokedAt: Date | null;
}): AdminKeyView['status'] {
  if (revokedAt) return 'revoked';
  return expiresAt && expiresAt <= new Date() ? 'expired' : 'active';
}
