import { Injectable } from '@nestjs/common';
import { reaches, type Access } from '../common/http/access.js';
import type { Write } from '../audit/writes.service.js';
import type { Cloud } from '../config/clouds.js';
import { Config } from '../config/config.js';
import { accessErrors } from '../identity/identity.errors.js';
import { projectsWith } from '../identity/roles.js';
import { SecretRecords } from '../vault/secret-records.service.js';
import { assertMayReachServer, assertReferenceAllowed, parseReference, resolveReference } from '../vault/references.js';
import { Secrets } from '../vault/secrets.service.js';
import { cloudIn } from './identities/identities.js';
import { Provider } from './provider.entity.js';
import { providerErrors } from './providers.errors.js';
import { ProviderDefinitions } from './sources/provider-definitions.service.js';

/** What a caller gives as a credential: exactly one of the three, or `null` for none. */
export interface CredentialChoice {
  readonly value?: string | undefined;
  readonly secretId?: string | undefined;
  readonly reference?: string | undefined;
}

/** Where a provider's credential is. `ref` is opened with `followReference`. */
export type CredentialPlace = { readonly driver: string } & (
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly secretId: string }
  | { readonly kind: 'reference'; readonly ref: string }
);

/** A credential when it is needed. */
export type OpenedCredential =
  | { readonly kind: 'none' }
  | { readonly kind: 'present'; readonly value: string }
  /** That of this machine, in a cloud. */
  | { readonly kind: 'identity'; readonly cloud: Cloud }
  | { readonly kind: 'locked' }
  | { readonly kind: 'missing' };

/** Puts credentials of providers where they belong, and opens them. */
@Injectable()
export class ProviderCredentials {
  constructor(
    private readonly secrets: Secrets,
    private readonly records: SecretRecords,
    private readonly definitions: ProviderDefinitions,
    private readonly config: Config,
  ) {}

  /**
   * Who names a secret of the vault sends it to an address of their choice: they must be allowed to write it, too. Throws
   * `secret.not_found`, `access.forbidden`.
   */
  async assertMayLend(access: Access, secretId: string): Promise<void> {
    const { projectId } = await this.records.get(access, secretId);
    const projectIds = projectsWith(access.grants, 'secrets:write', access.isRootTenant);
    if (!reaches({ ...access, projectIds }, projectId)) throw accessErrors.forbidden({ permission: 'secrets:write' });
  }

  /** Makes `choice` the provider's credential, in the caller's transaction. The provider is saved by the caller. */
  async assign(write: Write, access: Access, provider: Provider, choice: CredentialChoice | null): Promise<void> {
    const { value, secretId, reference } = choice ?? {};
    if (value !== undefined) return this.seal(write, access, provider, value);
    if (reference !== undefined) this.assertReference(access, reference);
    if (secretId !== undefined && secretId !== provider.secretId) await this.assertMayLend(access, secretId);
    await this.point(write, access, provider, { secretId, reference });
  }

  /** Removes what `assign` sealed for this provider, after the provider's row is gone. */
  async release(write: Write, access: Access, provider: Provider): Promise<void> {
    if (provider.ownsSecret && provider.secretId) await this.secrets.remove(write, access, provider.secretId);
  }

  /** Opens a provider's credential for one use. */
  async open({ secretId, credentialReference: reference }: Provider): Promise<OpenedCredential> {
    if (secretId) return this.secrets.open(secretId);
    if (!reference) return { kind: 'none' };
    return this.followReference(reference);
  }

  /** Opens what a caller gives as a credential, without keeping it. The caller must be one who could keep it. */
  async openChoice(access: Access, choice: CredentialChoice | null): Promise<OpenedCredential> {
    const { value, secretId, reference } = choice ?? {};
    if (value !== undefined) return { kind: 'present', value };
    if (reference !== undefined) this.assertReference(access, reference);
    if (secretId !== undefined) await this.assertMayLend(access, secretId);
    return this.open(
      Object.assign(new Provider(), { secretId: secretId ?? null, credentialReference: reference ?? null }),
    );
  }

  /** Follows a reference of any kind. */
  async followReference(reference: string): Promise<OpenedCredential> {
    const cloud = cloudIn(reference);
    if (cloud) return { kind: 'identity', cloud };
    const value = await this.openReference(reference);
    return value === undefined ? { kind: 'missing' } : { kind: 'present', value };
  }

  /** Reads `env:NAME`, `file:/path` or `source:NAME`; `undefined` when there is nothing. */
  async openReference(reference: string): Promise<string | undefined> {
    if (reference.startsWith('source:')) return this.definitions.credentialOf(reference.slice('source:'.length));
    const resolved = await resolveReference(reference, this.config.dataPath());
    return resolved.kind === 'present' ? resolved.value : undefined;
  }

  /** A reference reaches into the machine of the gateway, so only those who run the whole installation may give one. */
  private assertReference(access: Access, reference: string): void {
    const cloud = cloudIn(reference);
    if (cloud) {
      assertMayReachServer(access);
      if (!this.config.cloudIdentity.includes(cloud)) throw providerErrors.identity_not_allowed({ cloud });
      return;
    }
    if (parseReference(reference)) return assertReferenceAllowed(access, reference);
    const message = 'must be env:NAME, file:/path or identity:CLOUD, and not a variable of the gateway itself';
    throw providerErrors.invalid_field({ issues: [{ path: 'credential.reference', message }] });
  }

  private async seal(write: Write, access: Access, provider: Provider, value: string): Promise<void> {
    if (provider.ownsSecret && provider.secretId) {
      await this.secrets.replace(write, access, { id: provider.secretId, value });
      return;
    }
    const { projectId } = provider;
    provider.secretId = await this.secrets.put(write, access, { name: `provider/${provider.id}`, value, projectId });
    provider.ownsSecret = true;
    provider.credentialReference = null;
  }

  /** Points the provider to what is elsewhere, or to nothing. */
  private async point(
    write: Write,
    access: Access,
    provider: Provider,
    {
      secretId = null,
      reference = null,
    }: { secretId?: string | null | undefined; reference?: string | null | undefined },
  ): Promise<void> {
    const owned = provider.ownsSecret ? provider.secretId : null;
    provider.secretId = secretId;
    provider.ownsSecret = owned !== null && owned === secretId;
    provider.credentialReference = reference;
    if (owned !== null && !provider.ownsSecret) await this.drop(write, access, provider, owned);
  }

  /** The row must let go of the secret before the secret can go. */
  private async drop(write: Write, access: Access, provider: Provider, secretId: string): Promise<void> {
    await write.manager.query(`update provider set secret_id = null where id = $1`, [provider.id]);
    await this.secrets.remove(write, access, secretId);
  }
}
