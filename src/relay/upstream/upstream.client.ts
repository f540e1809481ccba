import { Readable } from 'node:stream';
import { Pool, type buildConnector } from 'undici';
import type { Sign } from '../../providers/drivers/signer.js';
import type { ProviderEntry } from '../../snapshot/snapshot.js';
import { EndpointBook } from './endpoint-book.js';
import { Exchange } from './exchange.js';
import { SpreadExchange } from './spread-exchange.js';

/** Makes the connector through which all upstream sockets are opened; it decides which addresses are allowed. */
export type ConnectorFactory = (options: buildConnector.BuildOptions) => buildConnector.connector;

/** What goes to an upstream. */
export interface UpstreamCall {
  readonly provider: ProviderEntry;
  /** A POST when left out. */
  readonly method?: 'GET' | 'POST' | 'DELETE' | undefined;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Record<string, string>;
  /** In pieces, which are written as they are. */
  readonly body: readonly Buffer[];
  /** How long it may take in all; as long as the provider may unless told. */
  readonly totalMs?: number | undefined;
  /** Gives the headers that sign it, for providers that want each call signed. */
  readonly sign?: Sign | undefined;
}

/** Beyond this many open connections calls wait for one, so that a burst can't eat all file descriptors. */
const MAX_CONNECTIONS = 1024;
const MAX_POOLS = 1000;
const KEEP_ALIVE_MS = 15_000;

interface Generation {
  readonly generation: number;
  readonly pool: Pool;
}

/**
 * Calls upstreams through one pool of connections for each provider. A provider that changed gets a fresh pool; the old
 * one finishes what it has and closes. Redirects are not followed: undici never does unless told.
 */
export class UpstreamClient {
  private readonly pools = new Map<string, Generation>();
  private readonly endpoints = new EndpointBook();

  constructor(private readonly connector: ConnectorFactory) {}

  /** Begins a call; everything that happens to it, failures too, is told by the exchange. */
  send(call: UpstreamCall): Exchange {
    if (call.provider.endpoints) return this.spread(call, call.provider.endpoints);
    const exchange = new Exchange(call.provider.timeouts, call.totalMs);
    if (call.sign) void this.sendSigned(call, call.sign, exchange);
    else this.dispatch(call, exchange);
    return exchange;
  }

  /** Sends a call to the endpoint that has the least to do. */
  private spread(call: UpstreamCall, origins: readonly string[]): Exchange {
    const endpoints = this.endpoints.of(call.provider, origins);
    const exchange = new SpreadExchange(call.provider.timeouts, call.totalMs, endpoints, (provider) =>
      this.dispatch({ ...call, provider }, exchange),
    );
    exchange.begin();
    return exchange;
  }

  /** A call that is cut before it was signed never begins. */
  private async sendSigned(call: UpstreamCall, sign: Sign, exchange: Exchange): Promise<void> {
    const { provider, headers, body } = call;
    try {
      const path = provider.basePath + call.path;
      const signed = await sign({
        origin: provider.origin,
        path,
        method: call.method ?? 'POST',
        headers,
        body: Buffer.concat(body),
      });
      if (!exchange.isOver) this.dispatch({ ...call, headers: { ...headers, ...signed } }, exchange);
    } catch (cause) {
      fail(exchange, cause);
    }
  }

  private dispatch({ provider, method = 'POST', path, headers, body }: UpstreamCall, exchange: Exchange): void {
    try {
      this.pool(provider).dispatch(
        {
          origin: provider.origin,
          path: provider.basePath + path,
          method,
          headers: body.length <= 1 ? headers : { ...headers, 'content-length': String(lengthOf(body)) },
          body: body.length <= 1 ? (body[0] ?? null) : Readable.from(body, { objectMode: false }),
          headersTimeout: 0, // the exchange has its own
          bodyTimeout: 0,
        },
        exchange,
      );
    } catch (cause) {
      fail(exchange, cause);
    }
  }

  /** Closes every connection at once. */
  async destroy(): Promise<void> {
    const pools = [...this.pools.values()];
    this.pools.clear();
    await Promise.all(pools.map(({ pool }) => pool.destroy()));
  }

  private pool(provider: ProviderEntry): Pool {
    const known = this.pools.get(provider.id);
    if (known?.generation === provider.generation) return known.pool;
    if (known) retire(known.pool);
    const pool = new Pool(provider.origin, {
      connections: MAX_CONNECTIONS,
      connect: this.connector({ timeout: provider.timeouts.connectMs, keepAlive: true, allowH2: false }),
      keepAliveTimeout: KEEP_ALIVE_MS,
      allowH2: false, // one answer a connection: cutting it is certain to reach the upstream
    });
    if (this.pools.size >= MAX_POOLS && !known) this.retireOldest();
    this.pools.set(provider.id, { generation: provider.generation, pool });
    return pool;
  }

  /** A provider that is gone leaves a pool without connections behind; those must not pile up. */
  private retireOldest(): void {
    const oldest = this.pools.entries().next().value;
    if (!oldest) return;
    this.pools.delete(oldest[0]);
    retire(oldest[1].pool);
  }
}

function fail(exchange: Exchange, cause: unknown): void {
  exchange.onResponseError(undefined, cause instanceof Error ? cause : new Error(String(cause)));
}

function lengthOf(pieces: readonly Buffer[]): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}

function retire(pool: Pool): void {
  void pool.close().catch(() => {});
}
