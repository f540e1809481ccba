import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CurrentCredentials } from '../snapshot/current-credentials.js';
import { Secrets } from '../vault/secrets.service.js';
import { CredentialLoader } from './credential-loader.service.js';

const FLUSH_MS = 5000;

/** Counts how often the relay used secrets of the vault; written down every five seconds. */
@Injectable()
export class CredentialUses implements BeforeApplicationShutdown {
  private readonly logger = new Logger(CredentialUses.name);

  constructor(
    private readonly current: CurrentCredentials,
    private readonly loader: CredentialLoader,
    private readonly secrets: Secrets,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  /** Writes down what was counted. A failure is logged: a count is not worth more. */
  @Interval(FLUSH_MS)
  async flush(): Promise<void> {
    const bySecret = new Map<string, number>();
    for (const [providerId, count] of this.current.takeUses()) {
      const secretId = this.loader.secretOf(providerId);
      if (secretId !== undefined) bySecret.set(secretId, (bySecret.get(secretId) ?? 0) + count);
    }
    await this.secrets
      .countUses(bySecret)
      .catch((error: unknown) => this.logger.warn(`Uses of secrets were not counted: ${String(error)}`));
  }
}
