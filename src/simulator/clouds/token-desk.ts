/** A credential that the simulator has given out. */
export interface IssuedToken {
  readonly key: string;
  /** Milliseconds since epoch. */
  readonly expiresAt: number;
}

/** Gives out credentials that live for a while, as clouds do, and knows them again. */
export class TokenDesk {
  /** How long the next ones live. */
  lifetimeSeconds = 3600;
  /** Whether it gives out none at all. */
  isClosed = false;
  private readonly issued = new Map<string, number>();

  issue(prefix: string): IssuedToken {
    const key = `${prefix}${String(this.issued.size + 1).padStart(8, '0')}`;
    const expiresAt = Date.now() + this.lifetimeSeconds * 1000;
    this.issued.set(key, expiresAt);
    return { key, expiresAt };
  }

  /** Whether it is one of these, and still good. */
  accepts(key: string): boolean {
    return (this.issued.get(key) ?? 0) > Date.now();
  }

  /** How many it has given out. */
  get count(): number {
    return this.issued.size;
  }
}
