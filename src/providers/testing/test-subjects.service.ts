import { Injectable } from '@nestjs/common';
import type { Driver } from '../drivers/driver.js';
import { Exchanges } from '../exchanges/exchanges.service.js';
import { ExchangeError } from '../drivers/exchange.js';
import { findDriver } from '../drivers/registry.js';
import { signerOf } from '../drivers/signer.js';
import { originsOf } from '../endpoints.js';
import { splitBaseUrl } from '../egress/base-url.js';
import { ProviderCredentials, type OpenedCredential } from '../provider-credentials.service.js';
import type { Provider } from '../provider.entity.js';
import { Probe } from './probe.service.js';
import type { Subject, TestStep } from './provider-test.js';
import type { Verdict } from './verdicts.js';

/** Someone to test; or why there is nobody to ask. */
export type Prepared = Omit<Subject, 'model'> | Nobody;

/** Why there is nobody to ask. */
export interface Nobody {
  readonly verdict: Verdict;
  /** What was tried. */
  readonly steps: readonly TestStep[];
}

/** Makes providers ready to be asked: their driver, their address and their opened credential. */
@Injectable()
export class TestSubjects {
  constructor(
    private readonly probe: Probe,
    private readonly credentials: ProviderCredentials,
    private readonly exchanges: Exchanges,
  ) {}

  /** A provider with the credential that it has, or with one that it would have. */
  async prepare(provider: Provider, given?: OpenedCredential): Promise<Prepared> {
    const driver = findDriver(provider.driver);
    if (!driver) throw new Error(`Provider ${provider.id} has the unknown driver ${provider.driver}.`);
    const credential = given ?? (await this.credentials.open(provider));
    const verdict = missing(driver, credential);
    if (verdict) return { verdict, steps: [] };
    const value = await this.carried(driver, credential);
    if (typeof value === 'object' && value !== null) return value;
    const { connectMs, firstByteMs, idleMs, totalMs } = provider;
    return {
      probe: this.probe,
      driver,
      endpoints: originsOf(provider).slice(1),
      target: {
        ...splitBaseUrl(provider.baseUrl),
        headers: { ...provider.extraHeaders, ...(value !== null && driver.authorize(value)) },
        sign: signerOf(driver, value),
        timeouts: { connectMs, firstByteMs, idleMs, totalMs },
        credential: value,
      },
    };
  }

  /** What calls carry of a credential; or why they can't. */
  private async carried({ name }: Driver, credential: OpenedCredential): Promise<string | null | Nobody> {
    const exchange = this.exchanges.of(name, credential);
    if (!exchange) return credential.kind === 'present' ? credential.value : null;
    const startedAt = performance.now();
    try {
      return (await exchange.run()).value;
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      const verdict = 'exchange_failed';
      const latencyMs = Math.round(performance.now() - startedAt);
      return { verdict, steps: [{ name: 'credential', verdict, status: null, latencyMs, detail: error.message }] };
    }
  }
}

function missing(driver: Driver, credential: OpenedCredential): Verdict | undefined {
  switch (credential.kind) {
    case 'none':
      return driver.allowsNoCredential ? undefined : 'no_credential';
    case 'locked':
      return 'vault_locked';
    case 'missing':
      return 'credential_missing';
    case 'present':
    case 'identity':
      return undefined;
    default: {
      const exhaustive: never = credential;
      return exhaustive;
    }
  }
}
