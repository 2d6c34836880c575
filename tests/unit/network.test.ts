import { expect, it } from 'vitest';
import { knownPrefixOf, networkOf } from '../../lib/throttling/network.ts';

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2:ffff::1', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::', '2001:db8:1:3::/64'],
  ['::1', '::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['', 'unknown'],
  ['test-invoke-source-ip', 'unknown'],
  [undefined, 'unknown'],
])('networkOf maps the address %j to %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it.each([
  ['203.0.113.7', '203.0.113.0/24'],
  ['203.0.113.0/24', '203.0.113.0/24'],
  ['2001:db8:1:2::/64', '2001:db8:1::/48'],
  ['2001:db8:1::/48', '2001:db8:1::/48'],
  ['unknown', 'unknown'],
  ['', 'unknown'],
])('knownPrefixOf maps the network %j to %s', (network, prefix) => {
  expect(knownPrefixOf(network)).toBe(prefix);
});
