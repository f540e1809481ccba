import type { ShortLived } from '../drivers/exchange.js';
import { ENTRA_SCOPE } from '../drivers/azure/entra-exchange.js';

/** A token for the identity that Azure has given this machine or process: workload, managed, or that of the variables. */
export async function azureIdentity(): Promise<ShortLived> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  const { token, expiresOnTimestamp } = await new DefaultAzureCredential().getToken(ENTRA_SCOPE);
  return { value: token, expiresAt: expiresOnTimestamp };
}
