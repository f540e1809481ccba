import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isAddressAllowed, type EgressPolicy } from './egress-policy.js';

/** A connection was refused before it was made, because no address of the host is allowed. */
export class EgressDeniedError extends Error {
  readonly code = 'EGRESS_DENIED';

  constructor(readonly host: string) {
    super(`Connections to ${host} are not allowed.`);
    this.name = 'EgressDeniedError';
  }
}

/** Resolves a name into all of its addresses; replaced in tests. */
export type Resolver = (
  host: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * An undici connector that connects to checked addresses only. The name is resolved once, every address is checked, and
 * the socket gets the checked ones, so an answer that changes between check and connect changes nothing. The TLS server
 * name stays the host's. Give it to `new Agent({ connect })`.
 */
export function egressConnector(
  policy: EgressPolicy,
  options: buildConnector.BuildOptions = {},
  resolver: Resolver = resolve,
): buildConnector.connector {
  const connect = buildConnector({ allowH2: false, ...options, lookup: checkedLookup(policy, resolver) });
  return (target, done) => {
    const host = target.hostname.replace(/^\[|\]$/g, '');
    // A literal address is never looked up, so it is checked here.
    if (isIP(host) && !isAddressAllowed(policy, host)) return done(new EgressDeniedError(host), null);
    connect(target, done);
  };
}

/** A `lookup` for `net.connect` that gives out allowed addresses only. */
export function checkedLookup(policy: EgressPolicy, resolver: Resolver = resolve): LookupFunction {
  return (host, options, done) => {
    resolver(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      const allowed = addresses.filter(({ address }) => isAddressAllowed(policy, address));
      const first = allowed[0];
      if (!first) return done(new EgressDeniedError(host), []);
      if (options.all) done(null, allowed);
      else done(null, first.address, first.family);
    });
  };
}
