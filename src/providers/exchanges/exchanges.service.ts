import { Injectable } from '@nestjs/common';
import { hash } from 'node:crypto';
import type { Cloud } from '../../config/clouds.js';
import { Config } from '../../config/config.js';
import type { Driver } from '../drivers/driver.js';
import { exchangeError, ExchangeError, type Exchange, type ShortLived } from '../drivers/exchange.js';
import { findDriver } from '../drivers/registry.js';
import { Egress } from '../egress/egress.service.js';
import { borrowIdentity } from '../identities/identities.js';
import type { OpenedCredential } from '../provider-credentials.service.js';

/** What a credential is exchanged through, before calls can be made with it. */
export interface PreparedExchange {
  /** The same for the same credential of the same driver. */
  readonly key: string;
  /** Throws `ExchangeError`, in time. */
  run(): Promise<ShortLived>;
}

const CONNECT_MS = 5000;
const PATIENCE_MS = 30_000;

/** Exchanges what operators give for what calls carry: identities and secrets for tokens and keys that live for a while. */
@Injectable()
export class Exchanges {
  constructor(
    private readonly egress: Egress,
    private readonly config: Config,
  ) {}

  /** How to exchange a provider's credential; `undefined` when calls carry it as it is. */
  of(driverName: string, credential: OpenedCredential): PreparedExchange | undefined {
    const driver = findDriver(driverName);
    if (credential.kind === 'identity') {
      const { cloud } = credential;
      const problem = this.problemWith(cloud, driver);
      return prepared(`${driverName} ${cloud}`, problem ? () => Promise.reject(problem) : () => borrowIdentity(cloud));
    }
    if (credential.kind !== 'present') return undefined;
    const { value } = credential;
    const exchange = driver?.exchange?.(value);
    return exchange && prepared(hash('sha256', `${driverName} ${value}`, 'base64'), () => this.bound(exchange));
  }

  private problemWith(cloud: Cloud, driver: Driver | undefined): ExchangeError | undefined {
    if (driver?.identity !== cloud)
      return new ExchangeError(`The driver ${driver?.name} takes no identity of ${cloud}.`);
    if (this.config.cloudIdentity.includes(cloud)) return undefined;
    return new ExchangeError(`WAGGLE_CLOUD_IDENTITY does not list ${cloud}.`);
  }

  private bound(exchange: Exchange): Promise<ShortLived> {
    return exchange(this.egress.connector({ timeout: CONNECT_MS }));
  }
}

function prepared(key: string, has: () => Promise<ShortLived>): PreparedExchange {
  return {
    key,
    run: () =>
      inTime(has()).catch((cause: unknown) => {
        throw exchangeError(cause);
      }),
  };
}

/** Libraries wait as long as they like. */
async function inTime(answer: Promise<ShortLived>): Promise<ShortLived> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new ExchangeError('There was no answer in time.')), PATIENCE_MS);
  return Promise.race([answer, tooLate]).finally(() => clearTimeout(timer));
}
