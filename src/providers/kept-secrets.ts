import { splitBaseUrl } from './egress/base-url.js';
import { keptMasked } from './extra-headers.js';
import type { ProviderInput } from './provider-rows.service.js';
import { hasCredential } from './provider-shape.js';
import type { Provider } from './provider.entity.js';

/**
 * Names the fields whose stored secrets a change would send to another scheme, host or port than they were given for.
 * Who may change a provider could read its secrets otherwise, by pointing it to a server of their own.
 */
export function secretsSentElsewhere(provider: Provider, changes: ProviderInput): string[] {
  const { baseUrl, credential, extraHeaders } = changes;
  if (baseUrl === undefined || originOf(baseUrl) === originOf(provider.baseUrl)) return [];
  const headers = keptMasked(provider.extraHeaders, extraHeaders).map((name) => `extraHeaders.${name}`);
  return keepsCredential(provider, credential) ? ['credential', ...headers] : headers;
}

function keepsCredential(provider: Provider, choice: ProviderInput['credential']): boolean {
  if (!hasCredential(provider)) return false;
  if (choice === undefined) return true;
  // A value that was given for this provider alone must be known to be given again; its id is in every view.
  return provider.ownsSecret && choice?.secretId === provider.secretId;
}

function originOf(baseUrl: string): string {
  return splitBaseUrl(baseUrl).origin;
}
