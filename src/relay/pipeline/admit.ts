import type { TokenEntry } from '../../snapshot/snapshot.js';
import { isInRanges } from '../client/client-address.js';
import { relayErrors } from '../relay.errors.js';
import type { Call } from './call.js';

/** Decides whether this caller may do this at all, before anything of its body is looked at. */
export function admit({ clientAddress, endpoint }: Call, { allowedAddresses, scopes }: TokenEntry): void {
  if (allowedAddresses && (clientAddress === null || !isInRanges(clientAddress, allowedAddresses))) {
    throw relayErrors.address_not_allowed();
  }
  const { operation } = endpoint;
  if (operation && scopes && !scopes.has(operation)) throw relayErrors.insufficient_scope({ scope: operation });
}
