import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Write } from '../audit/writes.service.js';
import type { Access } from '../common/http/access.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { findDriver } from './drivers/registry.js';
import { assertEndpointsFit } from './endpoints.js';
import { cloudIn } from './identities/identities.js';
import { ProviderCredentials, type CredentialChoice } from './provider-credentials.service.js';
import { ProviderModels } from './provider-models.service.js';
import { ProviderOutcomes } from './provider-outcomes.service.js';
import { applySettings, toAuditView, type ProviderSettings } from './provider-shape.js';
import { Provider } from './provider.entity.js';
import { providerErrors } from './providers.errors.js';

/** A provider's settings and, where it changes, its credential; `credential: null` takes it away. */
export interface ProviderInput extends ProviderSettings {
  readonly credential?: CredentialChoice | null;
}

/** What the outside (a file, the environment) says of a provider beside its settings. */
export type SourceMark = Pick<Provider, 'source' | 'origin' | 'sourceDigest' | 'credentialReference'>;

/** Writes providers in the caller's transaction, whoever may do so and wherever the definition comes from. */
@Injectable()
export class ProviderRows {
  constructor(
    private readonly credentials: ProviderCredentials,
    private readonly outcomes: ProviderOutcomes,
    private readonly models: ProviderModels,
  ) {}

  /** Inserts a new provider. Throws `provider.name_taken`. */
  async insert(write: Write, access: Access, provider: Provider, input: ProviderInput): Promise<Provider> {
    applySettings(provider, input);
    if (input.credential) await this.credentials.assign(write, access, provider, input.credential);
    assertIdentityFits(provider);
    assertEndpointsFit(provider);
    await save(write, provider);
    note(write, provider, { action: 'provider.created', before: null, after: toAuditView(provider) });
    return provider;
  }

  /** Changes a locked provider. `mark` is set by the outside that defines it. Throws `provider.name_taken`. */
  async change(
    write: Write,
    access: Access,
    provider: Provider,
    { mark, ...input }: ProviderInput & { mark?: SourceMark },
  ): Promise<Provider> {
    const before = toAuditView(provider);
    const isMoved = applySettings(provider, input);
    if (isMoved && input.credential?.secretId) await this.credentials.assertMayLend(access, input.credential.secretId);
    if (input.credential !== undefined) await this.credentials.assign(write, access, provider, input.credential);
    if (isMoved || input.credential !== undefined || mark) await this.outcomes.forget(write.manager, provider.id);
    Object.assign(provider, mark);
    assertIdentityFits(provider);
    assertEndpointsFit(provider);
    provider.updatedAt = new Date(); // a new value in the vault changes no column, but it is a change
    await save(write, provider);
    note(write, provider, { action: 'provider.updated', before, after: toAuditView(provider) });
    return provider;
  }

  /** Removes a locked provider with the secret that was made for it. Throws `provider.in_use`. */
  async erase(write: Write, access: Access, provider: Provider): Promise<void> {
    const models = await this.models.of(provider.id, write.manager);
    const dependants = models.map(({ id, name }) => ({ kind: 'model', id, name }));
    if (dependants.length > 0) throw providerErrors.in_use({ dependants });
    await write.manager.delete(Provider, { id: provider.id });
    await this.credentials.release(write, access, provider);
    note(write, provider, { action: 'provider.removed', before: toAuditView(provider), after: null });
  }

  /** Whether models need it. */
  async isInUse(manager: EntityManager, { id }: Provider): Promise<boolean> {
    return (await this.models.of(id, manager)).length > 0;
  }
}

/** The identity of one cloud is nothing for the drivers of others, nor for addresses that are none of its. */
function assertIdentityFits({ driver, credentialReference }: Provider): void {
  const cloud = credentialReference === null ? undefined : cloudIn(credentialReference);
  if (cloud === undefined || findDriver(driver)?.identity === cloud) return;
  const message = `must not be the identity of ${cloud} for the driver ${driver}`;
  throw providerErrors.invalid_field({ issues: [{ path: 'credential.reference', message }] });
}

async function save(write: Write, provider: Provider): Promise<void> {
  try {
    await write.manager.save(provider);
  } catch (error) {
    if (!isUniqueViolation(error, 'provider_name_key')) throw error;
    throw providerErrors.name_taken({ name: provider.name }, { cause: error });
  }
}

function note(
  write: Write,
  { id, name, projectId }: Provider,
  fact: { action: string; before: object | null; after: object | null },
): void {
  write.audit({ ...fact, projectId, target: { kind: 'provider', id, label: name } });
  write.changed('provider', id);
}
