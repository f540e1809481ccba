import { OmitType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsString, Matches, MaxLength, Min } from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { IsInstant } from '../common/http/instant.decorator.js';
import { PageQuery } from '../common/http/paging.js';

export class ListAudit extends PageQuery {
  /**
   * Only entries made then or later.
   * @example 2026-11-01T00:00:00Z
   */
  @IsInstant()
  from?: string;

  /** Only entries made before. */
  @IsInstant()
  to?: string;

  /**
   * Who did it: the id of a member or admin key, or the name shown.
   * @example owner@localhost
   */
  @Omittable()
  @IsString()
  @MaxLength(254)
  actor?: string;

  /**
   * What was done; ends in `*` for all that begin so.
   * @example "provider.*"
   */
  @Omittable()
  @Matches(/^[a-z0-9_.-]{1,64}\*?$/)
  action?: string;

  /** @example provider */
  @Omittable()
  @IsString()
  @MaxLength(64)
  targetKind?: string;

  /** The id of what it was done to. */
  @Omittable()
  @IsString()
  @MaxLength(64)
  targetId?: string;

  /** Only entries whose action, actor or target contains this. */
  @Omittable()
  @IsString()
  @MaxLength(100)
  q?: string;

  /** Only entries of this project (id or name). */
  @Omittable()
  @IsString()
  @MaxLength(64)
  project?: string;
}

export class ExportAudit extends OmitType(ListAudit, ['limit', 'cursor']) {
  /** One JSON a line (the default), or CSV. */
  @Omittable()
  @IsIn(['ndjson', 'csv'])
  format?: 'ndjson' | 'csv';
}

export class VerifyAudit {
  /** The number of an entry noted earlier, outside this system. */
  @Omittable()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  sequence?: number;

  /** Its hash: the answer says whether the chain still has it. */
  @Omittable()
  @Matches(/^[0-9a-f]{64}$/)
  hash?: string;
}

export class AuditActorView {
  kind!: 'member' | 'admin_key' | 'system';
  id!: string | null;

  /** @example owner@localhost */
  name!: string;
}

export class AuditTargetView {
  /** @example provider */
  kind!: string;
  id!: string;

  /** What it was called then. */
  label!: string;
}

export class AuditEntryView {
  id!: string;

  /** Its place in the tenant's chain, from 1, without gaps. */
  sequence!: number;
  at!: Date;
  actor!: AuditActorView;

  /** The source address of the call; `null` for the system. */
  address!: string | null;

  /** @example provider.updated */
  action!: string;
  target!: AuditTargetView;
  projectId!: string | null;

  /** What it was like before, without secrets; `null` when there was nothing. */
  before!: Record<string, unknown> | null;

  /** What it was like after, without secrets; `null` when it is gone. */
  after!: Record<string, unknown> | null;

  /** SHA-256 over the entry and the hash of the one before. */
  hash!: string;
}

export class AuditPage {
  items!: AuditEntryView[];
  nextCursor!: string | null;
}

export class AuditHeadView {
  sequence!: number;
  hash!: string;
}

export class AuditBreakView {
  /** The first place where the chain does not hold. */
  sequence!: number;

  /**
   * `missing`: an entry was taken out. `changed`: an entry is not what it was. `unlinked`: an entry does not follow the
   * one before. `head`: the end is not the last entry that was made. `anchor`: the noted entry is another.
   */
  reason!: 'missing' | 'changed' | 'unlinked' | 'head' | 'anchor';
}

export class AuditVerdict {
  isIntact!: boolean;

  /** How many entries were found to hold. */
  verified!: number;

  /** The end of the chain. Note it elsewhere to be able to prove later that nothing was rewritten. */
  head!: AuditHeadView;

  /** Where it breaks first; `null` when it is intact. */
  break!: AuditBreakView | null;
}
