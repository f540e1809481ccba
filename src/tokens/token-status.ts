import type { Token } from './token.entity.js';

export const TOKEN_STATUSES = ['active', 'disabled', 'expired', 'revoked'] as const;

/** What a token's state comes to; the gravest that applies. */
export type TokenStatus = (typeof TOKEN_STATUSES)[number];

/** The status of a token at a moment, milliseconds since epoch. */
export function statusOf({ revokedAt, expiresAt, isEnabled }: Token, now: number): TokenStatus {
  if (revokedAt) return 'revoked';
  if (expiresAt && expiresAt.getTime() <= now) return 'expired';
  return isEnabled ? 'active' : 'disabled';
}

/** The same in SQL, for the table alias `token`. */
export const STATUS_CONDITIONS: Readonly<Record<TokenStatus, string>> = {
  revoked: `token.revoked_at is not null`,
  expired: `token.revoked_at is null and token.expires_at <= now()`,
  disabled: `token.revoked_at is null and coalesce(token.expires_at > now(), true) and not token.is_enabled`,
  active: `token.revoked_at is null and coalesce(token.expires_at > now(), true) and token.is_enabled`,
};
