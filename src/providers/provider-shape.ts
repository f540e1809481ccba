import type { Access } from '../common/http/access.js';
import { newId } from '../common/ids.js';
import type { ProviderEntry } from '../snapshot/snapshot.js';
import { splitBaseUrl } from './egress/base-url.js';
import { originsOf } from './endpoints.js';
import { maskHeaders, normalizeHeaders } from './extra-headers.js';
import type { ProviderStatusRow } from './provider-status.entity.js';
import type { ProviderState } from './provider-status.js';
import { Provider } from './provider.entity.js';

/** The timeouts of a provider that names none, in milliseconds. */
export const DEFAULT_TIMEOUTS = { connectMs: 5000, firstByteMs: 120_000, idleMs: 60_000, totalMs: 600_000 } as const;

/** A provider with what was last seen of it. */
export interface ProviderWithStatus {
  readonly provider: Provider;
  readonly state: ProviderState;
  readonly last: ProviderStatusRow | null;
}

/** The settings of a provider that are plain values: everything but its name's uniqueness and its credential. */
export interface ProviderSettings {
  readonly name?: string;
  readonly driver?: string;
  /** Checked and normalised. */
  readonly baseUrl?: string;
  /** Checked and normalised. */
  readonly endpoints?: string[] | null;
  readonly extraHeaders?: Record<string, string> | null;
  readonly timeouts?: {
    readonly connectMs?: number;
    readonly firstByteMs?: number;
    readonly idleMs?: number;
    readonly totalMs?: number;
  } | null;
  readonly isEnabled?: boolean | null;
  readonly catalogueProvider?: string | null;
}

/** The fields that say where and how to connect; a change of one makes older connections and outcomes void. */
const CONNECTION_FIELDS = ['driver', 'baseUrl', 'endpoints', 'connectMs', 'firstByteMs', 'idleMs', 'totalMs'] as const;

/** Puts settings on a provider. Fields left out stay; `null` means the default. Says whether connections are void. */
export function applySettings(provider: Provider, settings: ProviderSettings): boolean {
  const before = connectionOf(provider);
  const { name, driver, baseUrl, endpoints, extraHeaders, timeouts, isEnabled, catalogueProvider } = settings;
  Object.assign(provider, withoutUndefined({ name, driver, baseUrl, catalogueProvider }));
  if (endpoints !== undefined) provider.endpoints = endpoints ?? [];
  if (isEnabled !== undefined) provider.isEnabled = isEnabled ?? true;
  if (timeouts !== undefined) Object.assign(provider, timeouts ? withoutUndefined(timeouts) : DEFAULT_TIMEOUTS);
  if (extraHeaders !== undefined) provider.extraHeaders = normalizeHeaders(extraHeaders ?? {}, provider.extraHeaders);
  const isMoved = connectionOf(provider) !== before;
  if (isMoved) provider.generation++;
  return isMoved;
}

function connectionOf(provider: Provider): string {
  return JSON.stringify(CONNECTION_FIELDS.map((field) => provider[field]));
}

/** What the audit trail keeps of a provider: its settings, and of its credential only where it is. */
export function toAuditView(provider: Provider): object {
  const { name, driver, isEnabled, catalogueProvider, secretId, credentialReference, projectId } = provider;
  const { baseUrl, endpoints } = provider;
  const { connectMs, firstByteMs, idleMs, totalMs, source } = provider;
  const extraHeaders = maskHeaders(provider.extraHeaders);
  const timeouts = { connectMs, firstByteMs, idleMs, totalMs };
  const credential = { secretId, reference: credentialReference };
  const place = { name, projectId, driver, baseUrl, endpoints, source };
  return { ...place, isEnabled, catalogueProvider, extraHeaders, timeouts, credential };
}

/** The provider as the data plane reads it. */
export function toEntry(provider: Provider): ProviderEntry {
  const { id, name, tenantId, driver, isEnabled, extraHeaders, generation } = provider;
  const { connectMs, firstByteMs, idleMs, totalMs } = provider;
  return {
    id,
    name,
    tenantId,
    driver,
    isEnabled,
    ...splitBaseUrl(provider.baseUrl),
    ...(provider.endpoints.length > 0 && { endpoints: originsOf(provider) }),
    needsCredential: hasCredential(provider),
    extraHeaders,
    timeouts: { connectMs, firstByteMs, idleMs, totalMs },
    generation,
  };
}

/** Whether a credential goes with its calls. */
export function hasCredential({ secretId, credentialReference }: Provider): boolean {
  return Boolean(secretId ?? credentialReference);
}

function withoutUndefined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** A provider that nothing is known of yet. */
export function blankProvider({ tenantId }: Access, projectId: string | null): Provider {
  return Object.assign(new Provider(), {
    id: newId(),
    tenantId,
    projectId,
    ...DEFAULT_TIMEOUTS,
    endpoints: [],
    extraHeaders: {},
    secretId: null,
    ownsSecret: false,
    credentialReference: null,
    isEnabled: true,
    catalogueProvider: null,
    source: 'managed',
    origin: null,
    sourceDigest: null,
    generation: 0, // its first settings make it 1
  } satisfies Partial<Provider>);
}
