import fc from 'fast-check';
import { addressClass, egressPolicy, isAddressAllowed } from './egress-policy.js';

describe(addressClass.name, () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['64:ff9b::127.0.0.1', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['100.64.0.1', 'private'],
    ['198.18.0.1', 'private'],
    ['fd12:3456::1', 'private'],
    ['169.254.169.254', 'forbidden'],
    ['169.254.1.1', 'forbidden'],
    ['fe80::1', 'forbidden'],
    ['fe80::1%eth0', 'forbidden'],
    ['fd00:ec2::254', 'forbidden'],
    ['100.100.100.200', 'forbidden'],
    ['168.63.129.16', 'forbidden'],
    ['::ffff:169.254.169.254', 'forbidden'],
    ['64:ff9b::169.254.169.254', 'forbidden'],
    ['64:ff9b:1::169.254.169.254', 'forbidden'],
    ['::169.254.169.254', 'forbidden'],
    ['2002:a9fe:a9fe::', 'forbidden'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'forbidden'],
    ['0.0.0.0', 'forbidden'],
    ['0.1.2.3', 'forbidden'],
    ['::', 'forbidden'],
    ['255.255.255.255', 'forbidden'],
    ['224.0.0.1', 'forbidden'],
    ['ff02::1', 'forbidden'],
    ['240.0.0.1', 'forbidden'],
    ['192.0.2.1', 'forbidden'],
    ['127.1', 'forbidden'],
    ['0x7f000001', 'forbidden'],
    ['2130706433', 'forbidden'],
    ['localhost', 'forbidden'],
    ['', 'forbidden'],
  ])('%s is %s', (text, expected) => {
    expect(addressClass(text)).toBe(expected);
  });
});

describe(isAddressAllowed.name, () => {
  it('lets public addresses through, and private ones of allowed ranges only', () => {
    const policy = egressPolicy(['10.0.0.0/8', 'fd12::/16', '192.168.1.7'], false);
    const allowed = ['8.8.8.8', '10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '192.168.1.7'];
    const refused = ['11.0.0.0.1', '172.16.0.1', '192.168.1.8', 'fd13::1', '127.0.0.1', '::1'];
    expect(allowed.filter((text) => !isAddressAllowed(policy, text))).toEqual([]);
    expect(refused.filter((text) => isAddressAllowed(policy, text))).toEqual([]);
  });

  it('allows loopback by the switch or by a range', () => {
    expect(isAddressAllowed(egressPolicy([], true), '127.0.0.1')).toBe(true);
    expect(isAddressAllowed(egressPolicy(['127.0.0.0/8'], false), '127.0.0.1')).toBe(true);
    expect(isAddressAllowed(egressPolicy([], false), '127.0.0.1')).toBe(false);
  });

  it('never allows link-local and metadata addresses, whatever is configured', () => {
    const everything = egressPolicy(['0.0.0.0/0', '::/0'], true);
    for (const text of [
      '169.254.169.254',
      'fe80::1',
      'fd00:ec2::254',
      '100.100.100.200',
      '::ffff:a9fe:a9fe',
      '0.0.0.0',
    ]) {
      expect(isAddressAllowed(everything, text), text).toBe(false);
    }
    expect(isAddressAllowed(everything, '10.0.0.1')).toBe(true);
  });

  it('judges an IPv4 address the same inside IPv6', () => {
    const policy = egressPolicy(['10.0.0.0/8'], false);
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const verdict = isAddressAllowed(policy, address);
        expect(isAddressAllowed(policy, `::ffff:${address}`)).toBe(verdict);
        expect(isAddressAllowed(policy, `64:ff9b::${address}`)).toBe(verdict);
      }),
    );
  });
});
