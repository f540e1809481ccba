import type { Operation } from '../snapshot/snapshot.js';
import type { TokenStatus } from './token-status.js';
import type { Token } from './token.entity.js';

export class TokenProfileView {
  id!: string;
  name!: string;
}

/** A token as it is shown; never with its text. */
export class TokenView {
  id!: string;
  projectId!: string;
  name!: string;
  /** The part of its text that tells it apart in logs. */
  publicId!: string;
  status!: TokenStatus;
  /** `null`: all of its project. */
  profiles!: TokenProfileView[] | null;
  /** `null`: all operations. */
  scopes!: Operation[] | null;
  expiresAt!: Date | null;
  allowedAddresses!: string[] | null;
  metadata!: Record<string, string>;
  allowsHints!: boolean;
  allowsDirectives!: boolean;
  allowsWildcard!: boolean;
  isEnabled!: boolean;
  rotatedAt!: Date | null;
  /** Until when the text before the last rotation works; `null` when it no longer does. */
  previousUntil!: Date | null;
  revokedAt!: Date | null;
  /** To within a few seconds. */
  lastUsedAt!: Date | null;
  version!: number;
  createdAt!: Date;
  updatedAt!: Date;
}

/** A token with its text, which is shown this once and is stored nowhere. */
export class IssuedTokenView extends TokenView {
  /**
   * What a client sends as `Authorization: Bearer …`; `null` when the token was there already.
   * @example wgl_k2v9x0q4m1c7p3z8_3q2-7wSv…
   */
  token!: string | null;
}

export class TokenPage {
  items!: TokenView[];
  nextCursor!: string | null;
}

/** A token and what it is bound to. */
export interface TokenDetails {
  readonly token: Token;
  readonly profiles: readonly TokenProfileView[] | null;
  readonly status: TokenStatus;
}

export function toTokenView({ token, profiles, status }: TokenDetails): TokenView {
  const hasPrevious = token.previousUntil !== null && token.previousUntil.getTime() > Date.now();
  return {
    id: token.id,
    projectId: token.projectId,
    name: token.name,
    publicId: token.publicId,
    status,
    profiles: profiles && profiles.map(({ id, name }) => ({ id, name })),
    scopes: token.scopes,
    expiresAt: token.expiresAt,
    allowedAddresses: token.allowedAddresses,
    metadata: token.metadata,
    allowsHints: token.allowsHints,
    allowsDirectives: token.allowsDirectives,
    allowsWildcard: token.allowsWildcard,
    isEnabled: token.isEnabled,
    rotatedAt: token.rotatedAt,
    previousUntil: hasPrevious ? token.previousUntil : null,
    revokedAt: token.revokedAt,
    lastUsedAt: token.lastUsedAt,
    version: token.version,
    createdAt: token.createdAt,
    updatedAt: token.updatedAt,
  };
}
