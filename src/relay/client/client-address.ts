import ipaddr from 'ipaddr.js';
import type { IncomingMessage } from 'node:http';
import type { AddressRange } from '../../snapshot/snapshot.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Finds out who called: the peer, or what the proxies that we trust say about it. */
export class ClientAddress {
  private readonly trusted: readonly [Address, number][];

  /** `trustedProxies`: CIDR ranges and single addresses. */
  constructor(trustedProxies: readonly string[]) {
    this.trusted = trustedProxies.map(toRange);
  }

  /** The caller's address as text; an IPv4 one never in its IPv6 form. */
  of(request: IncomingMessage): string | null {
    const peer = request.socket.remoteAddress;
    if (peer === undefined) return null;
    if (this.trusted.length === 0) return unmapped(peer);
    return this.behindProxies(unmapped(peer), request.headers['x-forwarded-for']);
  }

  /** Walks the list from our side outwards, as long as each hop is one of ours: what is further left may be a lie. */
  private behindProxies(peer: string, forwarded: string | string[] | undefined): string {
    const hops = String(forwarded ?? '')
      .split(',')
      .map((hop) => hop.trim())
      .filter((hop) => ipaddr.isValid(hop));
    let address = peer;
    while (hops.length > 0 && this.isTrusted(address)) address = unmapped(hops.pop()!);
    return address;
  }

  private isTrusted(text: string): boolean {
    const address = ipaddr.process(text);
    return this.trusted.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
  }
}

/** Whether an address is in one of the ranges. An IPv4 address also matches its form in IPv6 ranges. */
export function isInRanges(text: string, ranges: readonly AddressRange[]): boolean {
  if (!ipaddr.isValid(text)) return false;
  const bytes = ipaddr.process(text).toByteArray();
  return ranges.some(([base, bits]) => base.length === bytes.length && hasPrefix(bytes, base, bits));
}

function toRange(text: string): [Address, number] {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address.toByteArray().length * 8];
}

function hasPrefix(bytes: readonly number[], base: Uint8Array, bits: number): boolean {
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (bytes[i] !== base[i]) return false;
  const rest = bits & 7;
  if (rest === 0) return true;
  const mask = 0xff << (8 - rest);
  return ((bytes[whole]! ^ base[whole]!) & mask & 0xff) === 0;
}

function unmapped(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
