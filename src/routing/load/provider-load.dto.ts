import type { ProviderEntry } from '../../snapshot/snapshot.js';
import type { CurrentLoads, SeenLoad } from '../../snapshot/provider-loads.js';

/** What a server does for one model. */
export class ModelLoadView {
  upstreamId!: string;
  /** Calls that it is answering. */
  running!: number;
  /** Calls that wait for their turn. */
  waiting!: number;
}

/** What one server of a provider told of its load. */
export class ServerLoadView {
  baseUrl!: string;
  /** `null` when it told nothing lately; the fields below are empty then. */
  seenAt!: Date | null;
  /** The share of its memory for prompts that is taken: 0 to 1; `null` when it doesn't say. */
  cacheUsage!: number | null;
  models!: ModelLoadView[];
}

/** What a provider's servers have to do, as the process that answers knows it. */
export class ProviderLoadView {
  items!: ServerLoadView[];
}

/** Shows the load of a provider's servers. */
export function toProviderLoadView(
  { id, origin, endpoints, basePath }: ProviderEntry,
  loads: CurrentLoads,
): ProviderLoadView {
  return { items: (endpoints ?? [origin]).map((each) => toServerView(each + basePath, loads.at(id, each))) };
}

function toServerView(baseUrl: string, seen: SeenLoad | undefined): ServerLoadView {
  if (!seen) return { baseUrl, seenAt: null, cacheUsage: null, models: [] };
  const models = [...seen.models].map(([upstreamId, load]) => ({ upstreamId, ...load }));
  return { baseUrl, seenAt: new Date(seen.at), cacheUsage: seen.cacheUsage, models };
}
