import { originsOf } from './endpoints.js';
import { keptMasked } from './extra-headers.js';
import type { ProviderInput } from './provider-rows.service.js';
import { hasCredential } from './provider-shape.js';
import type { Provider } from './provider.entity.js';

/**
 * Names the fields whose stored secrets a change would send to another scheme, host or port than they were given for.
 * Who may change a provider could read its secrets otherwise, by pointing it to a server of their own.
 */
export function secretsSentElsewhere(provider: Provider, changes: ProviderInput): string[] {
  const { credential, extraHeaders } = changes;
  const known = new Set(originsOf(provider));
  const next = originsOf({
    baseUrl: changes.baseUrl ?? provider.baseUrl,
    endpoints: changes.endpoints === undefined ? provider.endpoints : (changes.endpoints ?? []),
  });
  if (next.every((origin) => known.has(origin))) return [];
  const headers = keptMasked(provider.extraHeaders, extraHeaders).map((name) => `extraHeaders.${name}`);
  return keepsCredential(provider, credential) ? ['credential', ...headers] : headers;
}

function keepsCredential(provider: Provider, choice: ProviderInput['credential']): boolean {
  if (!hasCredential(provider)) return false;
  if (choice === undefined) return true;
  // A value that was given for this provider alone must be known to be given again; its id is in every view.
  return provider.ownsSecret && choice?.secretId === provider.secretId;
}
