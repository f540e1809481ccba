import type { IncomingHttpHeaders } from 'node:http';
import type { Driver } from '../../providers/drivers/driver.js';
import type { ProviderEntry } from '../../snapshot/snapshot.js';

/** What the headers of an upstream call are made of. */
export interface HeaderParts {
  readonly client: IncomingHttpHeaders;
  readonly provider: ProviderEntry;
  readonly driver: Pick<Driver, 'headers' | 'clientHeaders'>;
  /** Whether the client speaks another dialect than the upstream: then its headers are not meant for it. */
  readonly isTranslated: boolean;
  readonly contentType: string;
  /** From the provider's driver; lower-case names. */
  readonly authorization: Readonly<Record<string, string>>;
  readonly traceparent: string | undefined;
}

/**
 * The headers of an upstream call; of the client's only `accept` and what the driver names, beside the content type.
 * Answers are asked for unencoded: they are read on their way through (usage, model name), and unpacking them would cost
 * more than the bytes saved.
 */
export function requestHeaders(parts: HeaderParts): Headers {
  const { client, provider, driver, isTranslated, contentType, authorization, traceparent } = parts;
  if (traceparent !== undefined || (!isTranslated && setsOwn(client, driver))) return made(parts);
  const accept = isTranslated ? undefined : client.accept;
  const last = usual.get(authorization);
  if (last?.accept === accept && last?.contentType === contentType && last.provider === provider) return last.headers;
  const headers = made(parts);
  usual.set(authorization, { provider, accept, contentType, headers });
  return headers;
}

interface Usual {
  readonly provider: ProviderEntry;
  readonly accept: string | undefined;
  readonly contentType: string;
  readonly headers: Headers;
}

/** The headers of the last call of each credential that said nothing of its own: the next one mostly has the same. */
const usual = new WeakMap<HeaderParts['authorization'], Usual>();

function setsOwn(client: IncomingHttpHeaders, { clientHeaders }: HeaderParts['driver']): boolean {
  for (const name of clientHeaders) if (client[name] !== undefined) return true;
  return false;
}

function made(parts: HeaderParts): Headers {
  const { client, provider, driver } = parts;
  const headers: Record<string, string> = {
    'content-type': parts.contentType,
    'accept-encoding': 'identity',
    'user-agent': 'waggle',
  };
  Object.assign(headers, driver.headers);
  if (!parts.isTranslated) {
    if (client.accept !== undefined) headers['accept'] = client.accept;
    for (const name of driver.clientHeaders) {
      const value = client[name];
      if (typeof value === 'string') headers[name] = value;
    }
  }
  if (parts.traceparent !== undefined) headers['traceparent'] = parts.traceparent;
  return Object.assign(headers, provider.extraHeaders, parts.authorization);
}

type Headers = Readonly<Record<string, string>>;
