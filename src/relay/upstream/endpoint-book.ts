import type { ProviderEntry } from '../../snapshot/snapshot.js';

/** How long an endpoint that could not be reached is passed over, while there is another. */
const SKIP_MS = 10_000;

/** One server of a provider that has several. */
export interface Endpoint {
  /** The provider as if this were its only server; it has a pool of its own. */
  readonly provider: ProviderEntry;
  /** Calls of this process that are under way. */
  inFlight: number;
  /** When it may be tried again as the others are; `performance.now()`. */
  failedUntil: number;
}

/** The servers of one provider. */
export class Endpoints {
  private turn = 0;

  constructor(
    readonly provider: ProviderEntry,
    readonly all: readonly Endpoint[],
  ) {}

  /** The one with the least to do among those that answer and are not in `tried`; each in its turn when all do as much. */
  choose(tried: ReadonlySet<Endpoint>): Endpoint | undefined {
    const now = performance.now();
    const first = this.turn++ % this.all.length;
    let best: Endpoint | undefined;
    for (let step = 0; step < this.all.length; step++) {
      const endpoint = this.all[(first + step) % this.all.length]!;
      if (!tried.has(endpoint) && (!best || isBetter(endpoint, best, now))) best = endpoint;
    }
    return best;
  }

  /** Notes that one could not be reached. */
  fail(endpoint: Endpoint): void {
    endpoint.failedUntil = performance.now() + SKIP_MS;
  }
}

/** An endpoint that failed is better than none: the one that failed first. */
function isBetter(one: Endpoint, other: Endpoint, now: number): boolean {
  const [failed, otherFailed] = [one.failedUntil > now, other.failedUntil > now];
  if (failed !== otherFailed) return otherFailed;
  return failed ? one.failedUntil < other.failedUntil : one.inFlight < other.inFlight;
}

const MAX_KNOWN = 1000;

/** Knows how the servers of those providers do that have several. */
export class EndpointBook {
  private readonly known = new Map<string, Endpoints>();

  /** The servers of a provider as it is configured now; what is known of one stays with its origin. */
  of(provider: ProviderEntry, origins: readonly string[]): Endpoints {
    const before = this.known.get(provider.id);
    if (before?.provider === provider) return before;
    const all = origins.map((origin): Endpoint => {
      const same = before?.all.find((endpoint) => endpoint.provider.origin === origin);
      const alone = { ...provider, id: `${provider.id} ${origin}`, origin };
      return same ? Object.assign(same, { provider: alone }) : { provider: alone, inFlight: 0, failedUntil: 0 };
    });
    const endpoints = new Endpoints(provider, all);
    if (!before && this.known.size >= MAX_KNOWN) this.known.delete(this.known.keys().next().value!);
    this.known.set(provider.id, endpoints);
    return endpoints;
  }
}
