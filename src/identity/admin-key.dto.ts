import { Type } from 'class-transformer';
import { IsDate, IsIn, IsString, Matches, MaxLength, MinDate } from 'class-validator';
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
  createdAt!: Date;
}

export class NewAdminKeyView extends AdminKeyView {
  /**
   * Shown once. Send it as `Authorization: Bearer …`.
   * @example wgla_4f0c1k2m3n5p6q7r_…
   */
  key!: string;
}

export class AdminKeyPage {
  items!: AdminKeyView[];
  nextCursor!: string | null;
}

export function toAdminKeyView(adminKey: AdminKey): AdminKeyView {
  const { id, name, role, publicId, createdBy, createdAt, projectId = null, lastUsedAt = null } = adminKey;
  const { expiresAt = null, revokedAt = null } = adminKey;
  const status = statusOf({ expiresAt, revokedAt });
  return { id, name, role, projectId, publicId, status, createdBy, lastUsedAt, expiresAt, revokedAt, createdAt };
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
