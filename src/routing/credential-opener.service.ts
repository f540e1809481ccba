import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ProviderCredentials, type CredentialPlace } from '../providers/provider-credentials.service.js';
import { Secrets, type OpenedSecret } from '../vault/secrets.service.js';

/** A credential as `CurrentCredentials.set` takes it. */
export type CredentialValue = string | 'locked' | 'missing';

/** Opens credentials where they are: in the vault, in the environment, in files. */
@Injectable()
export class CredentialOpener {
  constructor(
    private readonly credentials: ProviderCredentials,
    private readonly secrets: Secrets,
  ) {}

  /** The credentials of these providers, by provider id. Vault ones are read with one query of `manager`. */
  async open(
    manager: EntityManager,
    places: ReadonlyMap<string, CredentialPlace>,
  ): Promise<ReadonlyMap<string, CredentialValue>> {
    const secretIds = [...places.values()].flatMap((place) => (place.kind === 'secret' ? [place.secretId] : []));
    const secrets = secretIds.length > 0 ? await this.secrets.openMany(secretIds, manager) : NONE;
    const values = new Map<string, CredentialValue>();
    for (const [id, place] of places) {
      values.set(id, place.kind === 'secret' ? valueOf(secrets.get(place.secretId)) : await this.elsewhere(place));
    }
    return values;
  }

  private async elsewhere(place: Exclude<CredentialPlace, { kind: 'secret' }>): Promise<CredentialValue> {
    if (place.kind === 'none') return 'missing';
    return (await this.credentials.openReference(place.ref)) ?? 'missing';
  }
}

const NONE: ReadonlyMap<string, OpenedSecret> = new Map();

function valueOf(opened: OpenedSecret | undefined): CredentialValue {
  return opened?.kind === 'present' ? opened.value : (opened?.kind ?? 'missing');
}
