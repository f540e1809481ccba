/** The same object for as long as the credential is held. */
export interface PresentCredential {
  readonly kind: 'present';
  readonly value: string;
}

/** What a relay gets when it asks for a provider's credential. */
export type CredentialAnswer = PresentCredential | { readonly kind: 'locked' } | { readonly kind: 'missing' };

const LOCKED: CredentialAnswer = { kind: 'locked' };
const MISSING: CredentialAnswer = { kind: 'missing' };

/**
 * The opened credentials of providers, apart from the snapshot so that a snapshot may be shown. It counts uses and is
 * emptied at once when the vault locks: from then on every vault credential answers `locked`.
 */
export class CurrentCredentials {
  private values = new Map<string, CredentialAnswer>();
  private readonly uses = new Map<string, number>();

  /** The credential of a provider, counted as used. */
  use(providerId: string): CredentialAnswer {
    const answer = this.values.get(providerId) ?? MISSING;
    if (answer.kind === 'present') this.uses.set(providerId, (this.uses.get(providerId) ?? 0) + 1);
    return answer;
  }

  /** The credential of a provider, for what is no call of anybody's. */
  peek(providerId: string): CredentialAnswer {
    return this.values.get(providerId) ?? MISSING;
  }

  /** Whether there is a credential, without using it. */
  kindOf(providerId: string): CredentialAnswer['kind'] {
    return (this.values.get(providerId) ?? MISSING).kind;
  }

  /** Sets one provider's credential: a value, `locked` in the vault, or `missing`. */
  set(providerId: string, answer: string | 'locked' | 'missing'): void {
    if (answer === 'missing') this.values.delete(providerId);
    else this.values.set(providerId, answer === 'locked' ? LOCKED : { kind: 'present', value: answer });
  }

  remove(providerId: string): void {
    this.values.delete(providerId);
  }

  /** Takes the use counts since the last call, by provider id. */
  takeUses(): ReadonlyMap<string, number> {
    const taken = new Map(this.uses);
    this.uses.clear();
    return taken;
  }
}
