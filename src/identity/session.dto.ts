import { IsString, MaxLength, MinLength } from 'class-validator';
import { MeView } from './me.dto.js';

export class SignInInput {
  /** @example owner@localhost */
  @IsString()
  @MaxLength(254)
  email!: string;

  /** @example "correct horse battery staple" */
  @IsString()
  @MaxLength(256)
  password!: string;
}

export class ChangePassword {
  @IsString()
  @MaxLength(256)
  currentPassword!: string;

  /**
   * 12 characters or more.
   * @example "correct horse battery staple"
   */
  @IsString()
  @MinLength(12)
  @MaxLength(256)
  newPassword!: string;
}

export class SessionView {
  id!: string;

  /** Where it was opened from. */
  address!: string | null;
  userAgent!: string | null;

  /** Whether this request came with it. */
  isCurrent!: boolean;
  createdAt!: Date;

  /** Written every few seconds. */
  lastUsedAt!: Date;

  /** When it ends, however much it is used. It also ends after 12 hours without use. */
  expiresAt!: Date;
}

export class CurrentSessionView extends SessionView {
  /** Who is signed in. */
  member!: MeView;
}

/** A row of `session` as the queries below read it. */
export interface SessionRow {
  readonly id: string;
  readonly address: string | null;
  readonly user_agent: string | null;
  readonly created_at: Date;
  readonly last_used_at: Date;
  readonly expires_at: Date;
}

export function toSessionView(row: SessionRow, currentId: string | null): SessionView {
  return {
    id: row.id,
    address: row.address,
    userAgent: row.user_agent,
    isCurrent: row.id === currentId,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
  };
}
