import ipaddr from 'ipaddr.js';

/** How much of an IPv6 address one subscriber is given. @see RFC 6177 §2 */
const IPV6_PREFIX = 64;

/**
 * What of an address counts as one place: an IPv4 address whole, as IPv6 too, of an IPv6 address the /64. What is no
 * address is one place together.
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/${IPV6_PREFIX}`);
  return `${network}/${IPV6_PREFIX}`;
}
