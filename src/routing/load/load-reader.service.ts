import { Injectable } from '@nestjs/common';
import { Agent, request } from 'undici';
import type { Driver } from '../../providers/drivers/driver.js';
import { findDriver } from '../../providers/drivers/registry.js';
import { Egress } from '../../providers/egress/egress.service.js';
import { CurrentSnapshot } from '../../snapshot/current-snapshot.js';
import { CurrentViews } from '../../snapshot/current-views.js';
import type { ProviderEntry } from '../../snapshot/snapshot.js';

/** Servers asked at the same time. */
const AT_ONCE = 8;
const PATIENCE_MS = 2000;
const MAX_BYTES = 2 * 1024 * 1024;

interface Server {
  readonly provider: ProviderEntry;
  readonly driver: Driver;
  readonly origin: string;
}

/** Asks the servers of those providers for their load whose drivers know where it is told. */
@Injectable()
export class LoadReader {
  constructor(
    private readonly egress: Egress,
    private readonly snapshot: CurrentSnapshot,
    private readonly views: CurrentViews,
  ) {}

  /** Asks each once. Never rejects: of who does not tell, nothing is known. */
  async round(): Promise<void> {
    const servers = this.servers();
    const origins = Map.groupBy(servers, ({ provider }) => provider.id);
    this.views.loads.keepOnly(new Map([...origins].map(([id, all]) => [id, all.map(({ origin }) => origin)])));
    if (servers.length === 0) return;
    const connect = this.egress.connector({ timeout: PATIENCE_MS });
    const agent = new Agent({ connect, connections: 1, maxResponseSize: MAX_BYTES });
    const worker = async (): Promise<void> => {
      for (let next = servers.pop(); next; next = servers.pop()) await this.ask(next, agent);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    await agent.destroy();
  }

  private servers(): Server[] {
    const { providers, models } = this.snapshot.get();
    const used = new Set([...models.values()].map(({ providerId }) => providerId));
    return [...used].flatMap((id) => {
      const provider = providers.get(id);
      const driver = provider?.isEnabled ? findDriver(provider.driver) : undefined;
      if (!provider || !driver?.metricsPath) return [];
      return (provider.endpoints ?? [provider.origin]).map((origin) => ({ provider, driver, origin }));
    });
  }

  private async ask({ provider, driver, origin }: Server, dispatcher: Agent): Promise<void> {
    const { id, basePath, extraHeaders } = provider;
    try {
      const { statusCode, body } = await request(origin + driver.metricsPath!(basePath), {
        dispatcher,
        headers: { ...extraHeaders, ...this.authorization(provider, driver) },
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const load = statusCode === 200 ? driver.readMetrics?.(await body.text()) : await body.dump();
      if (load) this.views.loads.set(id, origin, { ...load, at: Date.now() });
    } catch {
      // whoever does not answer tells nothing; probes and calls find out why
    }
  }

  private authorization({ id, needsCredential }: ProviderEntry, driver: Driver): Readonly<Record<string, string>> {
    const answer = needsCredential ? this.views.credentials.peek(id) : undefined;
    return answer?.kind === 'present' ? driver.authorize(answer.value) : {};
  }
}
