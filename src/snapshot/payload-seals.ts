/** Seals what was captured of a call. The vault is behind it, which the relay does not know. */
export interface PayloadSeal {
  /** Gets ready to seal for a tenant, in the background. */
  prepare(tenantId: string): void;
  /** The sealed text (base64); `undefined` while it can't be sealed: the vault is locked, or not ready yet. */
  seal(tenantId: string, requestId: string, plaintext: Buffer): string | undefined;
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
