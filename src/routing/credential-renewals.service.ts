import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Exchanges } from '../providers/exchanges/exchanges.service.js';
import type { OpenedCredential } from '../providers/provider-credentials.service.js';
import { ProviderOutcomes } from '../providers/provider-outcomes.service.js';
import { CurrentCredentials } from '../snapshot/current-credentials.js';
import { Renewal, type RenewalListener } from './renewal.js';

/**
 * Puts credentials of providers in force: as they are, or what they are exchanged for, which is renewed here before it
 * ends. So calls never wait for an exchange.
 */
@Injectable()
export class CredentialRenewals implements BeforeApplicationShutdown {
  private readonly logger = new Logger(CredentialRenewals.name);
  private readonly renewals = new Map<string, Renewal>();

  constructor(
    private readonly current: CurrentCredentials,
    private readonly exchanges: Exchanges,
    private readonly outcomes: ProviderOutcomes,
  ) {}

  /** Puts a provider's credential in force. One that is kept fresh already goes on as it is. */
  set(providerId: string, driver: string, credential: OpenedCredential): void {
    const exchange = this.exchanges.of(driver, credential);
    if (exchange && this.renewals.get(providerId)?.key === exchange.key) return;
    this.stop(providerId);
    this.current.set(providerId, exchange ? 'missing' : valueOf(credential));
    if (exchange) this.renewals.set(providerId, new Renewal(exchange, this.listener(providerId)));
  }

  /** Takes it out of force until the vault is open again. */
  lock(providerId: string): void {
    this.stop(providerId);
    this.current.set(providerId, 'locked');
  }

  remove(providerId: string): void {
    this.stop(providerId);
    this.current.remove(providerId);
  }

  beforeApplicationShutdown(): void {
    for (const renewal of this.renewals.values()) renewal.stop();
    this.renewals.clear();
  }

  private stop(providerId: string): void {
    this.renewals.get(providerId)?.stop();
    this.renewals.delete(providerId);
  }

  private listener(providerId: string): RenewalListener {
    return {
      renewed: (value) => this.current.set(providerId, value),
      failed: (detail) => {
        this.logger.warn(`The credential of provider ${providerId} could not be exchanged: ${detail}`);
        this.outcomes.note(providerId, { kind: 'no_credential', at: new Date(), detail });
      },
      lapsed: () => this.current.set(providerId, 'missing'),
    };
  }
}

function valueOf(credential: OpenedCredential): string {
  if (credential.kind === 'present') return credential.value;
  return credential.kind === 'locked' ? 'locked' : 'missing';
}
