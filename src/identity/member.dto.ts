import { OmitType, PartialType } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsEmail,
  IsIn,
  IsString,
  Length,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { PageQuery } from '../common/http/paging.js';
import { ROLES, type Grant, type Role } from '../common/http/permissions.js';
import { Trim } from '../common/http/trim.decorator.js';
import type { Member } from './member.entity.js';

export class RoleInput {
  /** What the member may do there. */
  @IsIn(ROLES)
  role!: Role;

  /**
   * The project, by id or name. Left out: the whole tenant.
   * @example search
   */
  @Omittable()
  @IsString()
  @MaxLength(64)
  project?: string;
}

export class CreateMember {
  /**
   * How the member signs in. Unique in the installation.
   * @example ada@example.com
   */
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim().toLowerCase() : value))
  @IsEmail({ require_tld: false })
  @MaxLength(254)
  email!: string;

  /** @example "Ada Lovelace" */
  @Trim()
  @IsString()
  @Length(1, 100)
  name!: string;

  /** One role a project, and one for the whole tenant. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => RoleInput)
  roles!: RoleInput[];
}

export class UpdateMember extends PartialType(OmitType(CreateMember, ['email', 'roles']), {
  skipNullProperties: false,
}) {
  /** A disabled member can't sign in, and its sessions end. */
  @Omittable()
  @IsBoolean()
  isEnabled?: boolean;

  /** Takes the place of all roles that the caller sees. */
  @Omittable()
  @IsArray()
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => RoleInput)
  roles?: RoleInput[];
}

/** The body of a create-or-update: `roles` takes the place of all roles that the caller sees. */
export class PutMember extends OmitType(CreateMember, ['email']) {
  /** A disabled member can't sign in, and its sessions end. Left out: as it is, and `true` for a new one. */
  @Omittable()
  @IsBoolean()
  isEnabled?: boolean;
}

export class ListMembers extends PageQuery {
  /** Only members whose e-mail address or name contains this. */
  @Omittable()
  @IsString()
  @MaxLength(100)
  q?: string;

  /** Only members with a role in this project (id or name). */
  @Omittable()
  @IsString()
  @MaxLength(64)
  project?: string;
}

export class RoleView {
  role!: Role;

  /** `null` for the whole tenant. */
  projectId!: string | null;
}

export class MemberView {
  id!: string;

  /** @example ada@example.com */
  email!: string;

  /** @example "Ada Lovelace" */
  name!: string;
  isEnabled!: boolean;

  /** Whether the password was for one time and must be changed before anything else. */
  mustChangePassword!: boolean;

  /** The roles that the caller's reach covers. */
  roles!: RoleView[];
  lastSignInAt!: Date | null;
  version!: number;
  createdAt!: Date;
  updatedAt!: Date;
}

export class NewMemberView extends MemberView {
  /**
   * Shown once. The member must change it at the first sign-in.
   * @example "k3vq-7tqp-w9xm-2hdu"
   */
  oneTimePassword!: string;
}

export class PutMemberView extends MemberView {
  /**
   * Shown once; `null` when the member was there already.
   * @example "k3vq-7tqp-w9xm-2hdu"
   */
  oneTimePassword!: string | null;
}

export class OneTimePasswordView {
  /**
   * Shown once. The member must change it at the next sign-in.
   * @example "k3vq-7tqp-w9xm-2hdu"
   */
  oneTimePassword!: string;
}

export class MemberPage {
  items!: MemberView[];
  nextCursor!: string | null;
}

export function toMemberView(member: Member, roles: readonly Grant[]): MemberView {
  const { id, email, name, isEnabled, mustChangePassword, lastSignInAt, version, createdAt, updatedAt } = member;
  return {
    id,
    email,
    name,
    isEnabled,
    mustChangePassword,
    roles: roles.map(({ role, projectId }) => ({ role, projectId })),
    lastSignInAt: lastSignInAt ?? null,
    version,
    createdAt,
    updatedAt,
  };
}
