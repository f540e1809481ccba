import { ExchangeError, type Exchange } from '../exchange.js';

/** What Google's tokens are for. */
export const CLOUD_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** Google takes a self-signed token for an hour. */
const LIFETIME_MS = 60 * 60 * 1000;

/**
 * How a service account key becomes a token: it is signed with the key here, which needs nobody else
 * (https://google.aip.dev/auth/4111). `undefined` for access tokens and API keys, which go as they are.
 */
export function exchangeVertex(credential: string): Exchange | undefined {
  if (!credential.trimStart().startsWith('{')) return undefined;
  return async () => ({ expiresAt: Date.now() + LIFETIME_MS, value: await signedBy(credential) });
}

async function signedBy(credential: string): Promise<string> {
  const { JWTAccess } = await import('google-auth-library/build/src/auth/jwtaccess.js');
  const { client_email: email, private_key: key, private_key_id: id } = accountIn(credential);
  try {
    const headers = new JWTAccess(email, key, id).getRequestHeaders(undefined, undefined, CLOUD_SCOPE);
    return headers.get('authorization')!.replace('Bearer ', '');
  } catch {
    throw new ExchangeError('The private key of the service account can not be read.'); // theirs may repeat it
  }
}

interface ServiceAccount {
  readonly type?: string;
  readonly client_email?: string;
  readonly private_key?: string;
  readonly private_key_id?: string;
}

function accountIn(text: string): ServiceAccount {
  const account = parsed(text);
  if (account.client_email === undefined || account.private_key === undefined) {
    throw new ExchangeError('The credential must be the JSON file of a service account key.');
  }
  return account;
}

function parsed(text: string): ServiceAccount {
  try {
    return JSON.parse(text) as ServiceAccount;
  } catch {
    return {}; // the text must not get into a log
  }
}
