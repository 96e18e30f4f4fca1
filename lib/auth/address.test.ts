import { describe, expect, it } from 'vitest';
import { clientAddress } from '@/lib/auth/address';

describe('clientAddress', () => {
  it('believes the nearest proxy only', () => {
    expect(clientAddress('10.0.0.1, 192.0.2.7')).toBe('192.0.2.7');
  });

  it('reads IPv4 inside IPv6 as IPv4', () => {
    expect(clientAddress('::ffff:192.0.2.7')).toBe('192.0.2.7');
  });

  it('counts the first 64 bits of IPv6', () => {
    expect(clientAddress('2001:db8:1:2:aaaa::1')).toBe('2001:db8:1:2::/64');
    expect(clientAddress('2001:db8:1:2:bbbb::9')).toBe('2001:db8:1:2::/64');
    expect(clientAddress('[2001:0db8:1:2::9]:443')).toBe('2001:db8:1:2::/64');
    expect(clientAddress('::1')).toBe('0:0:0:0::/64');
  });

  it.each([null, undefined, '', 'unknown', '<script>', '999.1.1.1'])('has one key for %j', (text) => {
    expect(clientAddress(text)).toBe('unknown');
  });
});
