import type { buildConnector } from 'undici';
import { exchangeError, ExchangeError, type Exchange } from '../exchange.js';

/** What access tokens for Azure's models are for. */
export const ENTRA_SCOPE = 'https://cognitiveservices.azure.com/.default';

interface App {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authorityHost: string | undefined;
}

/** How a client id and secret become an access token of Entra's; `undefined` for keys and tokens, which are one already. */
export function exchangeEntra(credential: string): Exchange | undefined {
  if (!credential.trimStart().startsWith('{')) return undefined;
  return async (connect) => tokenFor(appIn(credential), connect);
}

async function tokenFor({ tenantId, clientId, clientSecret, authorityHost }: App, connect: buildConnector.connector) {
  const { ClientSecretCredential } = await import('@azure/identity');
  const { EgressHttpClient } = await import('./entra-http-client.js');
  const httpClient = new EgressHttpClient(connect);
  try {
    const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
      httpClient,
      retryOptions: { maxRetries: 1 },
      ...(authorityHost !== undefined && { authorityHost, disableInstanceDiscovery: true }),
    });
    const { token, expiresOnTimestamp } = await credential.getToken(ENTRA_SCOPE);
    return { value: token, expiresAt: expiresOnTimestamp };
  } catch (error) {
    throw exchangeError(httpClient.failure ?? error, [clientSecret]);
  } finally {
    await httpClient.close();
  }
}

function appIn(credential: string): App {
  const fields = fieldsOf(credential);
  const { tenantId, clientId, clientSecret, authorityHost } = fields;
  if (typeof tenantId !== 'string' || typeof clientId !== 'string' || typeof clientSecret !== 'string') {
    throw new ExchangeError('The credential must be JSON with tenantId, clientId and clientSecret.');
  }
  return {
    tenantId,
    clientId,
    clientSecret,
    authorityHost: typeof authorityHost === 'string' ? authorityHost : undefined,
  };
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {}; // the text must not get into a log
  }
}
