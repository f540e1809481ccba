import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { AppError } from '../common/errors/app-error.js';
import type { KeyEncryptionKey } from './key-encryption-key.js';
import { clearFailedUnlocks, countFailedUnlock, readVault } from './vault-rows.js';
import { vaultErrors } from './vault.errors.js';

/** Stands between callers and the keys of the vault, and slows guessing down. */
@Injectable()
export class UnlockAttempts {
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly database: DataSource) {}

  /**
   * Runs one attempt at a time, so that parallel guesses wait as serial ones do, and Argon2 never takes its memory
   * twice. `find` returns the key in force or `null`; then the attempt counts as wrong and `wrong` is thrown.
   */
  check(find: () => Promise<KeyEncryptionKey | null>, wrong: () => AppError): Promise<KeyEncryptionKey> {
    const turn = this.queue.then(() => this.attempt(find, wrong));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private async attempt(
    find: () => Promise<KeyEncryptionKey | null>,
    wrong: () => AppError,
  ): Promise<KeyEncryptionKey> {
    const { blockedSeconds } = await readVault(this.database.manager);
    if (blockedSeconds > 0) throw vaultErrors.throttled({ retryAfterSeconds: blockedSeconds });
    const key = await find();
    if (!key) {
      await this.database.transaction(countFailedUnlock);
      throw wrong();
    }
    await clearFailedUnlocks(this.database.manager);
    return key;
  }
}
