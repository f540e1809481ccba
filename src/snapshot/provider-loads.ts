/** What a server has to do, in its own words. */
export interface ServerLoad {
  /** Calls that it is answering. */
  readonly running: number;
  /** Calls that wait for their turn. */
  readonly waiting: number;
}

/** What a server told when it was asked last. */
export interface SeenLoad {
  /** By its name for the model. */
  readonly models: ReadonlyMap<string, ServerLoad>;
  /** The share of its memory for prompts that is taken: 0 to 1; `null` when it doesn't say. */
  readonly cacheUsage: number | null;
  /** Milliseconds since epoch. */
  readonly at: number;
}

/** What is known of the work that servers have, beside the calls of this process. */
export interface LoadView {
  /** All that a provider's servers do for a model; `undefined` when nothing is known of it. */
  of(providerId: string, upstreamId: string): ServerLoad | undefined;
}

/** What is older says nothing any more. */
const FRESH_MS = 30_000;

/** What servers told lately of their work; few providers have such servers. */
export class CurrentLoads implements LoadView {
  private readonly providers = new Map<string, Map<string, SeenLoad>>();

  /** Notes what one server of a provider told. */
  set(providerId: string, origin: string, load: SeenLoad): void {
    const known = this.providers.get(providerId);
    if (known) known.set(origin, load);
    else this.providers.set(providerId, new Map([[origin, load]]));
  }

  /** Forgets all providers and servers but these. */
  keepOnly(origins: ReadonlyMap<string, readonly string[]>): void {
    for (const [id, servers] of this.providers) {
      const kept = origins.get(id);
      if (!kept) this.providers.delete(id);
      else for (const origin of servers.keys()) if (!kept.includes(origin)) servers.delete(origin);
    }
  }

  /** What a server told last, if that is not long ago. */
  at(providerId: string, origin: string): SeenLoad | undefined {
    const seen = this.providers.get(providerId)?.get(origin);
    return seen && Date.now() - seen.at < FRESH_MS ? seen : undefined;
  }

  of(providerId: string, upstreamId: string): ServerLoad | undefined {
    const servers = this.providers.get(providerId);
    if (!servers) return undefined;
    let sum: ServerLoad | undefined;
    for (const origin of servers.keys()) {
      const load = this.at(providerId, origin)?.models.get(upstreamId);
      if (load) sum = { running: load.running + (sum?.running ?? 0), waiting: load.waiting + (sum?.waiting ?? 0) };
    }
    return sum;
  }
}
