import { formatAmount } from '../limits/book/amounts.js';
import { remainingOf, type Standing, type Standings, type StandingOf } from '../limits/book/standings.js';
import type { Snapshot, TokenEntry } from '../snapshot/snapshot.js';
import { limitErrors } from './limit.errors.js';

/** A limit on a client's calls, and how it stands. Amounts are texts: USD for money, else whole numbers. */
export interface OwnAllowance {
  readonly name: string;
  readonly scope: string;
  readonly subject: string | null;
  readonly metric: string;
  readonly window: string | null;
  readonly limit: string;
  readonly spent: string;
  readonly held: string;
  readonly remaining: string;
  readonly is_hard: boolean;
  /** ISO 8601; `null` for one that never starts anew. */
  readonly resets_at: string | null;
}

/** What a client may know of itself. */
export interface Me {
  readonly object: 'token';
  readonly id: string;
  readonly name: string;
  readonly project: string | null;
  readonly expires_at: string | null;
  readonly allowances: readonly OwnAllowance[];
}

/** Shows a client its limits: those that all its calls count against, and those of the profiles bound to it. */
export async function showMe(snapshot: Snapshot, token: TokenEntry, standings: Standings): Promise<Me> {
  const found = await standings.of(ownAllowances(snapshot, token)).catch((error: unknown) => {
    throw limitErrors.allowance_unavailable({ name: 'any', retryAfterSeconds: 5 }, { cause: error });
  });
  return {
    object: 'token',
    id: token.id,
    name: token.name,
    project: snapshot.projects.get(token.projectId)?.name ?? null,
    expires_at: token.expiresAt === Infinity ? null : new Date(token.expiresAt).toISOString(),
    allowances: found.map(toOwnAllowance),
  };
}

function ownAllowances({ allowances }: Snapshot, token: TokenEntry): StandingOf[] {
  const profiles = [...(token.profileIds ?? [])].flatMap((id) => allowances.of(id));
  const plain = [...allowances.ofCaller(token), ...profiles].map((entry) => ({ entry, subject: '' }));
  const byValue = allowances.ofMetadata(token.tenantId).flatMap((entry): StandingOf[] => {
    const value = token.metadata[entry.metadataKey ?? ''];
    const isMeant = value !== undefined && (entry.metadataValue === null || entry.metadataValue === value);
    return isMeant ? [{ entry, subject: value }] : [];
  });
  return [...plain, ...byValue].filter(({ entry }) => entry.projectId === null || entry.projectId === token.projectId);
}

function toOwnAllowance(standing: Standing): OwnAllowance {
  const { entry, subject, limit, settled, held, end } = standing;
  const amount = (units: number): string => formatAmount(entry.metric, units);
  return {
    name: entry.name,
    scope: entry.scope,
    subject: subject === '' ? null : subject,
    metric: entry.metric,
    window: entry.window,
    limit: amount(limit),
    spent: amount(settled),
    held: amount(held),
    remaining: amount(remainingOf(standing)),
    is_hard: entry.isHard,
    resets_at: end === Infinity ? null : new Date(end).toISOString(),
  };
}
