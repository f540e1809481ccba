import { maskHeaders } from './extra-headers.js';
import type { Provider, ProviderSource } from './provider.entity.js';
import type { ProviderState } from './provider-status.js';
import type { ProviderWithStatus } from './provider-shape.js';

/** What is known of a provider's credential. Never the credential itself. */
export class CredentialView {
  kind!: 'none' | 'secret' | 'reference';
  secretId!: string | null;
  /** `env:NAME` or `file:/path`; `source:NAME` when it is given where the provider is defined. */
  reference!: string | null;
}

/** What happened last. */
export class ProviderStatusView {
  state!: ProviderState;
  /** When it was last seen to work or to fail; `null` before the first call. */
  checkedAt!: Date | null;
  detail!: string | null;
  latencyMs!: number | null;
  lastOkAt!: Date | null;
  lastFailedAt!: Date | null;
}

export class TimeoutsView {
  connectMs!: number;
  firstByteMs!: number;
  idleMs!: number;
  totalMs!: number;
}

/** A provider as it is shown. */
export class ProviderView {
  id!: string;
  /** `null`: it belongs to the whole tenant. */
  projectId!: string | null;
  name!: string;
  driver!: string;
  baseUrl!: string;
  /** Further base URLs. */
  endpoints!: string[];
  credential!: CredentialView;
  extraHeaders!: Record<string, string>;
  timeouts!: TimeoutsView;
  isEnabled!: boolean;
  catalogueProvider!: string | null;
  /** `environment` and `file` are read-only here. */
  source!: ProviderSource;
  /** The variable or path that defines it; `null` when it is managed here. */
  origin!: string | null;
  status!: ProviderStatusView;
  version!: number;
  createdAt!: Date;
  updatedAt!: Date;
}

export class ProviderPage {
  items!: ProviderView[];
  nextCursor!: string | null;
}

/** Shows a provider without anything secret. */
export function toProviderView(seen: ProviderWithStatus): ProviderView {
  const { provider } = seen;
  const { connectMs, firstByteMs, idleMs, totalMs } = provider;
  return {
    id: provider.id,
    projectId: provider.projectId,
    name: provider.name,
    driver: provider.driver,
    baseUrl: provider.baseUrl,
    endpoints: [...provider.endpoints],
    credential: toCredentialView(provider),
    extraHeaders: maskHeaders(provider.extraHeaders),
    timeouts: { connectMs, firstByteMs, idleMs, totalMs },
    isEnabled: provider.isEnabled,
    catalogueProvider: provider.catalogueProvider,
    source: provider.source,
    origin: provider.origin,
    status: toStatusView(seen),
    version: provider.version,
    createdAt: provider.createdAt,
    updatedAt: provider.updatedAt,
  };
}

function toCredentialView({ secretId, credentialReference: reference }: Provider): CredentialView {
  if (secretId) return { kind: 'secret', secretId, reference: null };
  return { kind: reference ? 'reference' : 'none', secretId: null, reference: reference ?? null };
}

function toStatusView({ state, last }: ProviderWithStatus): ProviderStatusView {
  if (!last) return { state, checkedAt: null, detail: null, latencyMs: null, lastOkAt: null, lastFailedAt: null };
  const { at: checkedAt, detail, latencyMs, lastOkAt, lastFailedAt } = last;
  return { state, checkedAt, detail, latencyMs, lastOkAt, lastFailedAt };
}
