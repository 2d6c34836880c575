import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { clientAddress } from '../../lib/http/client-address.ts';

const CONNECTED = '203.0.113.7';
const proxy = { header: 'true-client-ip', secretDigest: createHash('sha256').update('secret').digest() };
const stated = (value: string, secret = 'secret') =>
  clientAddress({ 'true-client-ip': value, 'latchkey-proxy-secret': secret }, CONNECTED, proxy);

describe('clientAddress', () => {
  it.each(['192.0.2.1', '2001:db8::1', ' 192.0.2.1 '])('returns the address %j of the proxy', (address) => {
    expect(stated(address)).toBe(address.trim());
  });

  it.each(['', 'nowhere', '192.0.2.1, 192.0.2.2', '192.0.2.1:443', '192.0.2.256', '1'])(
    'returns the address of the connection if the proxy sends %j',
    (value) => {
      expect(stated(value)).toBe(CONNECTED);
    },
  );

  it('returns the address of the connection without a proxy, or without its secret', () => {
    expect(stated('192.0.2.1', 'other')).toBe(CONNECTED);
    expect(clientAddress({ 'true-client-ip': '192.0.2.1' }, CONNECTED, proxy)).toBe(CONNECTED);
    const headers = { 'true-client-ip': '192.0.2.1', 'latchkey-proxy-secret': 'secret' };
    expect(clientAddress(headers, CONNECTED, undefined)).toBe(CONNECTED);
    expect(clientAddress({ 'latchkey-proxy-secret': 'secret' }, CONNECTED, proxy)).toBe(CONNECTED);
  });
});
