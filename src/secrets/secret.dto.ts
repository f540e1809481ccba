import { OmitType, PartialType } from '@nestjs/swagger';
import { IsString, Length, Matches, MaxLength } from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { PageQuery } from '../common/http/paging.js';
import { Trim } from '../common/http/trim.decorator.js';
import type { SecretRecord } from '../vault/secret-records.service.js';

export const SECRET_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._:-]{0,127}$/;
export const SECRET_NAME_RULE = {
  message:
    '$property must be 1 to 128 letters, digits, spaces, dots, colons, dashes or underscores, a letter or digit first',
};

export class CreateSecret {
  /**
   * What it is called. Unique in its project, or among those of the whole tenant.
   * @example "openai (eu)"
   */
  @Trim()
  @IsString()
  @Matches(SECRET_NAME, SECRET_NAME_RULE)
  name!: string;

  /**
   * What to seal. It is never shown again.
   * @example sk-proj-…
   */
  @IsString()
  @Length(1, 16_384)
  value!: string;
}

export class UpdateSecret extends PartialType(CreateSecret, { skipNullProperties: false }) {}

export class PutSecret extends OmitType(CreateSecret, ['name']) {}

export class ProjectQuery {
  /** The project's id or name. Without it a secret belongs to the whole tenant, or to the caller's only project. */
  @Omittable()
  @IsString()
  @MaxLength(64)
  project?: string;
}

export class ListSecrets extends PageQuery {
  /** Only secrets of this project (id or name). */
  @Omittable()
  @IsString()
  @MaxLength(64)
  project?: string;

  /** Only secrets whose name contains this. */
  @Omittable()
  @IsString()
  @MaxLength(128)
  q?: string;
}

export class SecretView {
  /** @example 019a9e2b-7c31-7d0a-b3a4-5f1c2d3e4f50 */
  id!: string;

  /** `null` for one of the whole tenant. */
  projectId!: string | null;

  /** @example openai */
  name!: string;

  /** How often the relay used it; written every few seconds. */
  useCount!: number;
  lastUsedAt!: Date | null;
  version!: number;
  createdAt!: Date;
  updatedAt!: Date;
}

export class SecretPage {
  items!: SecretView[];
  nextCursor!: string | null;
}

export function toSecretView(secret: SecretRecord): SecretView {
  const { id, projectId, name, useCount, lastUsedAt, version, createdAt, updatedAt } = secret;
  return { id, projectId, name, useCount, lastUsedAt, version, createdAt, updatedAt };
}
