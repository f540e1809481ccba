import ipaddr from 'ipaddr.js';
import type { AddressRange } from '../snapshot/snapshot.js';

/**
 * Reads `10.0.0.0/8` or a single address as bytes and prefix length: 4 bytes for IPv4, 16 for IPv6. A range of
 * IPv4-mapped addresses is read as the IPv4 range it is. `undefined` when the text is neither.
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  const range = parse(text);
  if (!range) return undefined;
  const [address, bits] = range;
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= 96) {
    return [Uint8Array.from(address.toIPv4Address().toByteArray()), bits - 96];
  }
  return [Uint8Array.from(address.toByteArray()), bits];
}

function parse(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (!ipaddr.isValid(text)) return undefined;
  const address = ipaddr.parse(text);
  return [address, address.toByteArray().length * 8];
}
