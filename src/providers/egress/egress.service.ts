import { Injectable } from '@nestjs/common';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { buildConnector } from 'undici';
import { Config } from '../../config/config.js';
import { NOT_ALLOWED, parseBaseUrl, type BaseUrl, type BaseUrlProblem } from './base-url.js';
import { egressConnector } from './egress-connector.js';
import { egressPolicy, isAddressAllowed, type EgressPolicy } from './egress-policy.js';

const RESOLVE_MS = 1500;

/** This installation's rules for calling out: checks at save, and connectors that check again at connect. */
@Injectable()
export class Egress {
  readonly policy: EgressPolicy;

  constructor(config: Config) {
    this.policy = egressPolicy(config.egressAllow, !config.isProduction);
  }

  /** An undici connector that connects to allowed addresses only. */
  connector(options?: buildConnector.BuildOptions): buildConnector.connector {
    return egressConnector(this.policy, options);
  }

  /**
   * Checks a base URL that an operator gave. A host that doesn't resolve (now, here) passes: it is checked again at
   * every connect, and a test tells.
   */
  async checkBaseUrl(text: string): Promise<BaseUrl | BaseUrlProblem> {
    const url = parseBaseUrl(text, this.policy);
    if ('problem' in url || isIP(url.host)) return url;
    const addresses = await addressesOf(url.host);
    const isRefused = addresses.length > 0 && !addresses.some((address) => isAddressAllowed(this.policy, address));
    return isRefused
      ? { problem: `must not be ${url.host}, which is at ${addresses.join(', ')}: ${NOT_ALLOWED}` }
      : url;
  }
}

async function addressesOf(host: string): Promise<string[]> {
  const { promise: tooLate, resolve } = Promise.withResolvers<[]>();
  const timer = setTimeout(() => resolve([]), RESOLVE_MS);
  const found = lookup(host, { all: true }).then(
    (addresses) => addresses.map(({ address }) => address),
    () => [],
  );
  return Promise.race([found, tooLate]).finally(() => clearTimeout(timer));
}
