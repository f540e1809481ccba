import { OmitType, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { PageQuery } from '../common/http/paging.js';
import { Trim } from '../common/http/trim.decorator.js';
import { CreateMember } from './member.dto.js';
import { NAME, NAME_RULE } from './project.dto.js';
import type { Tenant } from './tenant.entity.js';

export class FirstOwner extends PickType(CreateMember, ['email', 'name']) {}

export class CreateTenant {
  /**
   * What it is called. Unique in the installation.
   * @example acme
   */
  @Trim()
  @IsString()
  @Matches(NAME, NAME_RULE)
  name!: string;

  /** Who will manage it. Nobody outside of the tenant can. */
  @IsDefined()
  @ValidateNested()
  @Type(() => FirstOwner)
  owner!: FirstOwner;
}

/** The body of a create-or-find: `owner` is who manages a new one. */
export class PutTenant extends OmitType(CreateTenant, ['name']) {}

export class UpdateTenant {
  /** @example acme */
  @Omittable()
  @Trim()
  @IsString()
  @Matches(NAME, NAME_RULE)
  name?: string;
}

export class ListTenants extends PageQuery {
  /** Only tenants whose name contains this. */
  @Omittable()
  @IsString()
  @MaxLength(100)
  q?: string;
}

export class TenantView {
  id!: string;

  /** @example acme */
  name!: string;

  /** Whether its owners manage tenants. */
  isRoot!: boolean;
  version!: number;
  createdAt!: Date;
  updatedAt!: Date;
}

export class NewTenantView extends TenantView {
  /** Its first project, `default`. */
  projectId!: string;

  /** The id of its first owner. */
  ownerId!: string;

  /**
   * The owner's password for the first sign-in. Shown once.
   * @example "k3vq-7tqp-w9xm-2hdu"
   */
  oneTimePassword!: string;
}

/** The last three are there only for a tenant that was created now. */
export class PutTenantView extends TenantView {
  /** Its first project, `default`; `null` when the tenant was there already, as are the next two. */
  projectId!: string | null;
  ownerId!: string | null;

  /**
   * The owner's password for the first sign-in. Shown once.
   * @example "k3vq-7tqp-w9xm-2hdu"
   */
  oneTimePassword!: string | null;
}

export class TenantPage {
  items!: TenantView[];
  nextCursor!: string | null;
}

export function toTenantView({ id, name, isRoot, version, createdAt, updatedAt }: Tenant): TenantView {
  return { id, name, isRoot, version, createdAt, updatedAt };
}
