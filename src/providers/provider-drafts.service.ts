import { Injectable } from '@nestjs/common';
import type { Access } from '../common/http/access.js';
import { ProviderCredentials, type OpenedCredential } from './provider-credentials.service.js';
import { applySettings, blankProvider } from './provider-shape.js';
import type { Provider } from './provider.entity.js';
import { ProvidersService, type NewProvider } from './providers.service.js';

/** Providers as they would be, without saving anything. */
@Injectable()
export class ProviderDrafts {
  constructor(
    private readonly providers: ProvidersService,
    private readonly credentials: ProviderCredentials,
  ) {}

  /** Checks the input as a create would, and opens the credential that it gives. */
  async draft(
    access: Access,
    input: Omit<NewProvider, 'name'>,
  ): Promise<{ provider: Provider; credential: OpenedCredential }> {
    const provider = blankProvider(access, null);
    applySettings(provider, { ...(await this.providers.checked(input)), name: 'draft' });
    return { provider, credential: await this.credentials.openChoice(access, input.credential ?? null) };
  }
}
