import type { KeyEncryptionKey } from './key-encryption-key.js';

const GRACE_MS = 10_000;

/**
 * The keys that a process holds while the vault is unlocked: the one in force and, for some seconds after a rotation,
 * the one before it, for reads that began before the rotation was committed.
 */
export class HeldKeys {
  private current: KeyEncryptionKey | null = null;
  private superseded: KeyEncryptionKey | null = null;
  private timer: NodeJS.Timeout | undefined;

  /** The key in force. */
  get inForce(): KeyEncryptionKey | null {
    return this.current;
  }

  find(version: number): KeyEncryptionKey | null {
    return [this.current, this.superseded].find((key) => key?.version === version) ?? null;
  }

  /** Puts a key in force in place of the one before. */
  take(key: KeyEncryptionKey): void {
    this.drop();
    this.superseded = this.current;
    this.current = key;
    this.timer = setTimeout(() => this.drop(), GRACE_MS).unref();
  }

  /** Overwrites them all in memory. */
  wipe(): void {
    this.drop();
    this.current?.wipe();
    this.current = null;
  }

  private drop(): void {
    clearTimeout(this.timer);
    this.superseded?.wipe();
    this.superseded = null;
  }
}
