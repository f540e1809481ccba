import { CLOUD_SCOPE } from '../drivers/vertex/vertex-exchange.js';
import { ExchangeError, type ShortLived } from '../drivers/exchange.js';

/** A token for Google's Application Default Credentials: those of the machine, or of the file that its variable names. */
export async function googleIdentity(): Promise<ShortLived> {
  const { GoogleAuth } = await import('google-auth-library');
  const client = await new GoogleAuth({ scopes: CLOUD_SCOPE }).getClient();
  const { token } = await client.getAccessToken();
  if (!token) throw new ExchangeError('Google gave no token.');
  return { value: token, expiresAt: client.credentials.expiry_date ?? Infinity };
}
