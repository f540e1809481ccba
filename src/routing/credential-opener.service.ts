import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  ProviderCredentials,
  type CredentialPlace,
  type OpenedCredential,
} from '../providers/provider-credentials.service.js';
import { Secrets, type OpenedSecret } from '../vault/secrets.service.js';

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
  ): Promise<ReadonlyMap<string, OpenedCredential>> {
    const secretIds = [...places.values()].flatMap((place) => (place.kind === 'secret' ? [place.secretId] : []));
    const secrets = secretIds.length > 0 ? await this.secrets.openMany(secretIds, manager) : NONE;
    const values = new Map<string, OpenedCredential>();
    for (const [id, place] of places) {
      values.set(id, place.kind === 'secret' ? (secrets.get(place.secretId) ?? MISSING) : await this.elsewhere(place));
    }
    return values;
  }

  private async elsewhere(place: Exclude<CredentialPlace, { kind: 'secret' }>): Promise<OpenedCredential> {
    return place.kind === 'none' ? MISSING : this.credentials.followReference(place.ref);
  }
}

const NONE: ReadonlyMap<string, OpenedSecret> = new Map();
const MISSING: OpenedCredential = { kind: 'missing' };
