import ipaddr from 'ipaddr.js';

/** Which addresses the gateway may connect to, beside the public ones. */
export interface EgressPolicy {
  readonly allowed: readonly AddressBlock[];
  /** Whether providers may live on this machine; so outside production. */
  readonly isLoopbackAllowed: boolean;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type AddressBlock = readonly [Address, number];

/** What an address is, as far as egress is concerned; `public` is always allowed, `forbidden` never. */
export type AddressClass = 'public' | 'loopback' | 'private' | 'forbidden';

/** Where clouds answer instances with their credentials. Link-local ones are refused by their range already. */
const METADATA = ['100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254'].map((text) =>
  ipaddr.parse(text).toNormalizedString(),
);
const CLASSES: Readonly<Record<string, AddressClass>> = {
  unicast: 'public',
  loopback: 'loopback',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'private',
};
const BENCHMARK: AddressBlock = ipaddr.parseCIDR('198.18.0.0/15');
const NAT64: AddressBlock = ipaddr.parseCIDR('64:ff9b::/96');
const IPV4_COMPATIBLE: AddressBlock = ipaddr.parseCIDR('::/96');

/** Builds the policy from CIDR ranges (or single addresses) that were validated before. */
export function egressPolicy(allow: readonly string[], isLoopbackAllowed: boolean): EgressPolicy {
  return { allowed: allow.map(toBlock), isLoopbackAllowed };
}

/** Whether the policy lets the gateway connect to this literal address. Anything that isn't one is refused. */
export function isAddressAllowed(policy: EgressPolicy, text: string): boolean {
  const address = parse(text);
  if (!address) return false;
  const addressClass = classOf(address);
  if (addressClass === 'public') return true;
  if (addressClass === 'forbidden') return false;
  if (addressClass === 'loopback' && policy.isLoopbackAllowed) return true;
  return policy.allowed.some((block) => isWithin(address, block));
}

/** What kind of address this text is; anything that isn't an address is `forbidden`. */
export function addressClass(text: string): AddressClass {
  const address = parse(text);
  return address ? classOf(address) : 'forbidden';
}

function classOf(address: Address): AddressClass {
  if (METADATA.includes(address.toNormalizedString())) return 'forbidden';
  if (isWithin(address, IPV4_COMPATIBLE)) return address.range() === 'loopback' ? 'loopback' : 'forbidden';
  if (isWithin(address, BENCHMARK)) return 'private';
  return CLASSES[address.range()] ?? 'forbidden';
}

/** The address a connection would really end at: IPv4 inside IPv6 (mapped, or through NAT64) is that IPv4 address. */
function parse(text: string): Address | undefined {
  const bare = text.replace(/%.*$/, '');
  if (!ipaddr.IPv6.isValid(bare) && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return undefined;
  const address = ipaddr.process(bare);
  return isWithin(address, NAT64) ? ipaddr.fromByteArray(address.toByteArray().slice(12)) : address;
}

function toBlock(text: string): AddressBlock {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function isWithin(address: Address, [base, length]: AddressBlock): boolean {
  if (address instanceof ipaddr.IPv4 && base instanceof ipaddr.IPv4) return address.match(base, length);
  if (address instanceof ipaddr.IPv6 && base instanceof ipaddr.IPv6) return address.match(base, length);
  return false;
}
