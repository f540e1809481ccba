import type { EntityManager } from 'typeorm';
import { readEachRow, type EntrySelection } from '../database/entry-rows.js';
import type { AddressRange, Operation, TokenEntry } from '../snapshot/snapshot.js';
import { parseAddressRange } from './address-range.js';

/** Tokens as the data plane needs them, and the public ids of those asked for that no longer open anything. */
export interface TokenEntries {
  readonly entries: readonly TokenEntry[];
  readonly gone: readonly string[];
}

type TokenRow = readonly [
  id: string,
  tenantId: string,
  projectId: string,
  name: string,
  publicId: string,
  digest: string,
  profiles: string | null,
  rare: string | null,
];

/** What most tokens have none of, together in one column: reading a column costs more than reading a value. */
interface RareColumns {
  readonly previousDigest: string | null;
  readonly previousUntil: number | null;
  readonly expiresAt: number | null;
  readonly scopes: readonly string[] | null;
  readonly addresses: readonly string[] | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly allowsHints: boolean;
  readonly allowsDirectives: boolean;
  readonly allowsWildcard: boolean;
}

/** A token long expired answers as one that was never there. Until then the relay can say that it has expired. */
const IS_LIVE = `t.is_enabled and t.revoked_at is null and coalesce(t.expires_at > now() - interval '7 days', true)`;

const COLUMNS = `t.id::text, t.tenant_id::text, t.project_id::text, t.name, t.public_id, t.digest,
  case when t.has_all_profiles then null else coalesce(b.profiles, '') end,
  case when t.previous_digest is not null or t.expires_at is not null or t.scopes is not null
    or t.allowed_addresses is not null or t.metadata <> '{}'
    or t.allows_hints or t.allows_directives or t.allows_wildcard then
    json_build_object('previousDigest', t.previous_digest, 'scopes', t.scopes, 'addresses', t.allowed_addresses,
      'previousUntil', extract(epoch from t.previous_until) * 1000, 'metadata', t.metadata,
      'allowsHints', t.allows_hints, 'allowsDirectives', t.allows_directives, 'allowsWildcard', t.allows_wildcard,
      'expiresAt', extract(epoch from t.expires_at) * 1000)::text
  end`;
const BOUND = `string_agg(profile_id::text, ',' order by profile_id) as profiles from token_profile`;

const ALL = `select ${COLUMNS} from token t
  left join (select token_id, ${BOUND} group by token_id) b on b.token_id = t.id
  where ${IS_LIVE}`;
const SOME = `select ${IS_LIVE} as is_live, t.public_id, array[${COLUMNS}] as row from token t
  left join lateral (select ${BOUND} where token_id = t.id) b on true
  where t.id = any($1)`;

/** Reads tokens in the caller's transaction and compiles them; revoked, disabled and long expired ones are left out. */
export async function loadTokenEntries(manager: EntityManager, selection: EntrySelection): Promise<TokenEntries> {
  const shared = new Shared();
  if (selection === 'all') {
    const entries: TokenEntry[] = [];
    await readEachRow<TokenRow>(manager, ALL, (row) => entries.push(toEntry(row, shared)));
    return { entries, gone: [] };
  }
  const rows = await manager.query<{ is_live: boolean; public_id: string; row: TokenRow }[]>(SOME, [selection]);
  const live = rows.filter((row) => row.is_live);
  const gone = rows.filter((row) => !row.is_live).map((row) => row.public_id);
  return { entries: live.map(({ row }) => toEntry(row, shared)), gone };
}

function toEntry(row: TokenRow, shared: Shared): TokenEntry {
  const [id, tenantId, projectId, name, publicId, digest, profiles, rareText] = row;
  const rare = rareText === null ? COMMON : (JSON.parse(rareText) as RareColumns);
  return {
    id,
    publicId,
    name,
    tenantId: shared.text(tenantId),
    projectId: shared.text(projectId),
    digest,
    previousDigest: rare.previousDigest,
    previousUntil: rare.previousUntil ?? 0,
    expiresAt: rare.expiresAt ?? Infinity,
    scopes: rare.scopes && shared.scopes(rare.scopes.join()),
    profileIds: profiles === null ? null : shared.profiles(profiles),
    allowedAddresses: rare.addresses && shared.addresses(rare.addresses.join()),
    metadata: rare === COMMON ? COMMON.metadata : shared.metadata(JSON.stringify(rare.metadata)),
    allowsHints: rare.allowsHints,
    allowsDirectives: rare.allowsDirectives,
    allowsWildcard: rare.allowsWildcard,
  };
}

const COMMON: RareColumns = {
  previousDigest: null,
  previousUntil: null,
  expiresAt: null,
  scopes: null,
  addresses: null,
  metadata: Object.freeze({}),
  allowsHints: false,
  allowsDirectives: false,
  allowsWildcard: false,
};

/** One object for all equal values of a load: a hundred thousand tokens share few projects, sets and ranges. */
class Shared {
  readonly text = memoised((text) => text);
  readonly scopes = memoised((list) => new Set(listOf(list)) as ReadonlySet<Operation>);
  readonly profiles = memoised((list): ReadonlySet<string> => new Set(listOf(list)));
  // A range that can't be read is left out, which admits fewer addresses, never more.
  readonly addresses = memoised((list): readonly AddressRange[] =>
    listOf(list)
      .map(parseAddressRange)
      .filter((range) => range !== undefined),
  );
  readonly metadata = memoised((json) => JSON.parse(json) as Readonly<Record<string, string>>);
}

function listOf(text: string): string[] {
  return text === '' ? [] : text.split(',');
}

function memoised<V>(make: (text: string) => V): (text: string) => V {
  const made = new Map<string, V>();
  return (text) => {
    let value = made.get(text);
    if (value === undefined) {
      value = make(text);
      made.set(text, value);
    }
    return value;
  };
}
