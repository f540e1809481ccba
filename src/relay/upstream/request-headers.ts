import type { IncomingHttpHeaders } from 'node:http';
import type { ProviderEntry } from '../../snapshot/snapshot.js';

/** The only headers of a client that an upstream sees, beside the content type. */
const FORWARDED = ['accept', 'openai-beta'] as const;

/** What the headers of an upstream call are made of. */
export interface HeaderParts {
  readonly client: IncomingHttpHeaders;
  readonly provider: ProviderEntry;
  readonly contentType: string;
  /** From the provider's driver; lower-case names. */
  readonly authorization: Readonly<Record<string, string>>;
  readonly traceparent: string | undefined;
}

/**
 * The headers of an upstream call. Answers are asked for unencoded: they are read on their way through (usage, model
 * name), and unpacking them would cost more than the bytes saved.
 */
export function requestHeaders({ client, provider, contentType, authorization, traceparent }: HeaderParts): Headers {
  const headers: Headers = { 'content-type': contentType, 'accept-encoding': 'identity', 'user-agent': 'waggle' };
  for (const name of FORWARDED) {
    const value = client[name];
    if (typeof value === 'string') headers[name] = value;
  }
  if (traceparent !== undefined) headers['traceparent'] = traceparent;
  return Object.assign(headers, provider.extraHeaders, authorization);
}

type Headers = Record<string, string>;
