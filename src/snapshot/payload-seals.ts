/** Seals what was captured of a call. The vault is behind it, which the relay does not know. */
export interface PayloadSeal {
  /** Gets ready to seal for a tenant, in the background. */
  prepare(tenantId: string): void;
  /**
   * The sealed text (base64); `undefined` when it can't be sealed, as while the vault is locked. It waits, but not long,
   * for what `prepare` began.
   */
  seal(tenantId: string, requestId: string, plaintext: Buffer): string | undefined | Promise<string | undefined>;
}

const NO_SEAL: PayloadSeal = { prepare: () => {}, seal: () => undefined };

/** The seal in use; until one is set, nothing can be sealed and so nothing is captured. */
export class PayloadSeals {
  private current = NO_SEAL;

  get(): PayloadSeal {
    return this.current;
  }

  set(seal: PayloadSeal): void {
    this.current = seal;
  }
}
