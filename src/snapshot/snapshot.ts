import type { AllowanceIndex } from './allowances.js';
import type { EntryMap } from './entry-map.js';
import type { AttemptPolicy } from './attempt-policy.js';
import type { Condition, RoutingEntry } from './routing-entry.js';

/**
 * Everything the data plane needs to answer a request, compiled from the database and then never changed. Entries refer
 * to one another by id, so a change replaces the entries it touches and shares all others with the snapshot before it.
 */
export interface Snapshot {
  /** The configuration revision that this snapshot shows; grows with every committed write. */
  readonly revision: number;
  readonly tokens: EntryMap<TokenEntry>;
  readonly projects: EntryMap<ProjectEntry>;
  readonly profiles: EntryMap<ProfileEntry>;
  /** Profile id by `profileKey(projectId, name or alias)`. */
  readonly profileNames: EntryMap<string>;
  readonly models: EntryMap<ModelEntry>;
  readonly providers: EntryMap<ProviderEntry>;
  readonly allowances: AllowanceIndex;
}

/** What a caller asks an upstream to do; every request, model and profile has one. */
export const OPERATIONS = [
  'chat',
  'completion',
  'embeddings',
  'responses',
  'transcription',
  'translation',
  'speech',
  'image',
  'moderation',
  'rerank',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** A client's credential, keyed in the snapshot by its public id. */
export interface TokenEntry {
  readonly id: string;
  readonly publicId: string;
  readonly name: string;
  readonly tenantId: string;
  readonly projectId: string;
  /** Lower-case hex SHA-256 of the whole token text. */
  readonly digest: string;
  /** The digest before the last rotation, and until when (ms since epoch) it still works. */
  readonly previousDigest: string | null;
  readonly previousUntil: number;
  /** Milliseconds since epoch; `Infinity` never. Checked at every use. */
  readonly expiresAt: number;
  /** The operations it may call; `null` all of them. */
  readonly scopes: ReadonlySet<Operation> | null;
  /** The profiles it may call; `null` all of its project. */
  readonly profileIds: ReadonlySet<string> | null;
  /** Address ranges it may be used from; `null` any. */
  readonly allowedAddresses: readonly AddressRange[] | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether its calls may say how they wish to be routed. */
  readonly allowsHints: boolean;
  /** Whether its prompts may hold wishes, in directives that are taken out of them. */
  readonly allowsDirectives: boolean;
  /** Whether names that no profile has lead to the profile `*`. */
  readonly allowsWildcard: boolean;
}

/** An address range, ready to match: `[address bytes, prefix length]`. */
export type AddressRange = readonly [Uint8Array, number];

export interface ProjectEntry {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  /** How much of each call is kept beside its ledger row. */
  readonly capture: 'none' | 'metadata' | 'full';
}

/** A stable model name that routes to targets, as of one revision. */
export interface ProfileEntry {
  readonly id: string;
  readonly tenantId: string;
  readonly projectId: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly description: string | null;
  readonly revisionId: string;
  readonly operation: Operation;
  readonly isEnabled: boolean;
  /** In order of preference. */
  readonly targets: readonly TargetEntry[];
  /** How it chooses among them; `null`: in their order, as most do. */
  readonly routing: RoutingEntry | null;
  /** How far it goes for an answer; `null`: as far as all do. */
  readonly attempts: AttemptPolicy | null;
  /** For how long the same request gets the same answer again; `null`: it does not. */
  readonly cacheSeconds: number | null;
  readonly policy: RequestPolicy | null;
  /** Whose name answers carry: the profile's, or what the upstream said. */
  readonly responseModel: 'profile' | 'upstream';
  /** Replaces the price of whichever model answers. */
  readonly priceOverride: PriceEntry | null;
  /** Seconds since epoch, as `/v1/models` shows it. */
  readonly createdSeconds: number;
}

export interface TargetEntry {
  readonly id: string;
  readonly modelId: string;
  readonly weight: number;
  readonly priority: number;
  readonly isEnabled: boolean;
  /** When it may be chosen; `null`: always. */
  readonly conditions: Condition | null;
}

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** What a profile changes in a request before it goes upstream. */
export interface RequestPolicy {
  /** Fills what the caller left out, recursively into objects. */
  readonly defaults: JsonObject;
  /** Replaces what the caller sent, recursively into objects. */
  readonly overrides: JsonObject;
  readonly systemPrompt: { readonly text: string; readonly position: 'prepend' | 'append' | 'replace' } | null;
  /** `strict` refuses calls with settings that the model has no place for; else they are left out, and named. */
  readonly parameters?: 'strict';
}

export interface ModelEntry {
  readonly id: string;
  readonly providerId: string;
  readonly name: string;
  /** What the provider calls it. */
  readonly upstreamId: string;
  readonly operation: Operation;
  readonly capabilities: ReadonlySet<string>;
  /** Tokens; `null` unknown. */
  readonly contextWindow: number | null;
  readonly maxOutput: number | null;
  /** Body fields sent when neither caller nor profile names them. */
  readonly defaults: JsonObject | null;
  /** What it calls tools that clients know by other names. */
  readonly toolNames?: ReadonlyMap<string, string> | null;
  readonly isEnabled: boolean;
  readonly weight: number;
  /** Newest first; the one in force is the first whose `effectiveFrom` has passed. */
  readonly prices: readonly PriceEntry[];
}

/** The buckets a price may name. Token and character buckets are µUSD per 1M, the others µUSD per unit. */
export const PRICE_BUCKETS = [
  'input',
  'cachedInput',
  'cacheWrite5m',
  'cacheWrite1h',
  'output',
  'reasoning',
  'audioInput',
  'audioOutput',
  'imageInput',
  'imageOutput',
  'characters',
  'image',
  'minute',
  'request',
  'search',
] as const;
export type PriceBucket = (typeof PRICE_BUCKETS)[number];
export type PriceTable = Readonly<Partial<Record<PriceBucket, bigint>>>;

/** A dated price row. A bucket that is missing falls back to its base bucket (cached input to input), or is unpriced. */
export interface PriceEntry {
  readonly id: string;
  /** Milliseconds since epoch. */
  readonly effectiveFrom: number;
  readonly buckets: PriceTable;
  /** Other prices for the whole call once its input has more than `aboveTokens`; ascending. */
  readonly tiers: readonly { readonly aboveTokens: number; readonly buckets: PriceTable }[];
}

/** An account at something that serves models, ready to call. It never holds the credential itself. */
export interface ProviderEntry {
  readonly id: string;
  readonly name: string;
  readonly tenantId: string;
  readonly driver: string;
  readonly isEnabled: boolean;
  /** Scheme, host and port, as undici takes them. */
  readonly origin: string;
  /** For the few that are several servers: scheme, host and port of each, the first among them. */
  readonly endpoints?: readonly string[];
  /** What comes before `/chat/completions`, without a trailing slash: `/v1`. */
  readonly basePath: string;
  /** Whether calls need a credential, which `CurrentCredentials` hands out by this provider's id. */
  readonly needsCredential: boolean;
  /** Header names are lower case. */
  readonly extraHeaders: Readonly<Record<string, string>>;
  readonly timeouts: ProviderTimeouts;
  /** Grows when origin, timeouts or egress rules change: connections of an older generation are closed. */
  readonly generation: number;
}

/** All in milliseconds. */
export interface ProviderTimeouts {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
}

/** The key of `Snapshot.profileNames`. */
export function profileKey(projectId: string, name: string): string {
  return `${projectId}/${name}`;
}
