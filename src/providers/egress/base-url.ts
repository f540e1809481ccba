import { isIP } from 'node:net';
import { isAddressAllowed, type EgressPolicy } from './egress-policy.js';

/** A base URL that may be called, cut into what undici and the drivers take. */
export interface BaseUrl {
  /** Scheme, host and port, normalised. */
  readonly origin: string;
  /** The path without a trailing slash; empty for none. */
  readonly basePath: string;
  /** The normalised host: lower case, no brackets, no trailing dot. */
  readonly host: string;
  /** Origin and path, as it is stored and shown. */
  readonly href: string;
}

/** Why a base URL is refused; safe to show. */
export interface BaseUrlProblem {
  readonly problem: string;
}

const METADATA_HOSTS = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
]);

/** Ports that speak something else than HTTP, where a request could do harm; after the Fetch standard, and databases. */
const REFUSED_PORTS = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 993, 995, 1719, 1720, 1723, 2049, 3306, 3659, 4045, 5060, 5061, 5432, 6000,
  6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 11211, 27017,
]);

/**
 * Reads and checks a provider's base URL. The URL parser already turns every spelling of an address (127.1, octal, hex,
 * decimal, IDN dots, percent-encoding) into the one form that a connection would use; that form is checked.
 */
export function parseBaseUrl(text: string, policy: EgressPolicy): BaseUrl | BaseUrlProblem {
  if (/[\s\\]/.test(text)) return { problem: 'must not contain spaces or backslashes' };
  const url = URL.parse(text);
  if (!url || !/^https?:\/\//i.test(text)) return { problem: 'must be an address such as https://api.example.com/v1' };
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
  const problem = partProblem(url, text) ?? hostProblem(host, policy);
  if (problem) return { problem };

  const port = url.port && `:${url.port}`;
  const origin = `${url.protocol}//${isIP(host) === 6 ? `[${host}]` : host}${port}`;
  const basePath = url.pathname.replace(/\/+$/, '');
  return { origin, basePath, host, href: origin + basePath };
}

/** Splits a base URL that was checked when it was saved. */
export function splitBaseUrl(href: string): Pick<BaseUrl, 'origin' | 'basePath'> {
  const { origin } = new URL(href);
  return { origin, basePath: href.slice(origin.length) };
}

function partProblem(url: URL, text: string): string | undefined {
  if (url.username || url.password || text.split('/')[2]?.includes('@')) {
    return 'must not contain a user name or password: give a credential instead';
  }
  if (text.includes('#')) return 'must not contain a fragment';
  if (text.includes('?')) return 'must not contain a query';
  if (REFUSED_PORTS.has(Number(url.port))) return `must not use port ${url.port}, which is not for HTTP`;
  return undefined;
}

function hostProblem(host: string, policy: EgressPolicy): string | undefined {
  if (!host) return 'must name a host';
  if (METADATA_HOSTS.has(host)) return 'must not be a cloud metadata address';
  if (isLoopbackName(host))
    return policyProblem(host, policy.isLoopbackAllowed || isAddressAllowed(policy, '127.0.0.1'));
  return isIP(host) ? policyProblem(host, isAddressAllowed(policy, host)) : undefined;
}

function policyProblem(host: string, isAllowed: boolean): string | undefined {
  return isAllowed ? undefined : `must not be ${host}: ${NOT_ALLOWED}`;
}

/** What an operator can do about a refused address. */
export const NOT_ALLOWED =
  'loopback and private addresses need WAGGLE_EGRESS_ALLOW; link-local, metadata and reserved ones are never allowed';

function isLoopbackName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}
