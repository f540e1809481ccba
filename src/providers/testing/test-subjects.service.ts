import { Injectable } from '@nestjs/common';
import type { Driver } from '../drivers/driver.js';
import { findDriver } from '../drivers/registry.js';
import { signerOf } from '../drivers/signer.js';
import { splitBaseUrl } from '../egress/base-url.js';
import { ProviderCredentials, type OpenedCredential } from '../provider-credentials.service.js';
import type { Provider } from '../provider.entity.js';
import { Probe } from './probe.service.js';
import type { Subject } from './provider-test.js';
import type { Verdict } from './verdicts.js';

/** Someone to test; or why there is nobody to ask. */
export type Prepared = Omit<Subject, 'model'> | { readonly verdict: Verdict };

/** Makes providers ready to be asked: their driver, their address and their opened credential. */
@Injectable()
export class TestSubjects {
  constructor(
    private readonly probe: Probe,
    private readonly credentials: ProviderCredentials,
  ) {}

  /** A provider with the credential that it has, or with one that it would have. */
  async prepare(provider: Provider, given?: OpenedCredential): Promise<Prepared> {
    const driver = findDriver(provider.driver);
    if (!driver) throw new Error(`Provider ${provider.id} has the unknown driver ${provider.driver}.`);
    const credential = given ?? (await this.credentials.open(provider));
    const verdict = missing(driver, credential);
    if (verdict) return { verdict };
    const value = credential.kind === 'present' ? credential.value : null;
    const { connectMs, firstByteMs, idleMs, totalMs } = provider;
    return {
      probe: this.probe,
      driver,
      target: {
        ...splitBaseUrl(provider.baseUrl),
        headers: { ...provider.extraHeaders, ...(value !== null && driver.authorize(value)) },
        sign: signerOf(driver, value),
        timeouts: { connectMs, firstByteMs, idleMs, totalMs },
        credential: value,
      },
    };
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
      return undefined;
    default: {
      const exhaustive: never = credential;
      return exhaustive;
    }
  }
}
