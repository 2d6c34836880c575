import ipaddr from 'ipaddr.js';

/** Prefix length of the IPv6 network of one subscriber. @see RFC 6177 §2 */
const IPV6_SUBSCRIBER = 64;
/** Prefix lengths within which the address of a client may change (docs/decisions/018-throttling-in-two-rounds.md). */
const NEIGHBORHOOD = { ipv4: 24, ipv6: 48 } as const;

const UNKNOWN = 'unknown';

/**
 * Returns the network whose failures are counted together: an IPv4 address, including one mapped to IPv6, or the /64 of
 * an IPv6 address. All invalid addresses count as one network.
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return UNKNOWN;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4' ? parsed.toString() : cidrOf(parsed, IPV6_SUBSCRIBER);
}

/**
 * Returns the prefix under which an account stores a known network: the /24 of an IPv4 address, the /48 of an IPv6
 * address.
 *
 * @param network an address, or a network as {@link networkOf} and this function return it
 */
export function knownPrefixOf(network: string): string {
  const [address = ''] = network.split('/');
  if (!ipaddr.isValid(address)) return UNKNOWN;
  const parsed = ipaddr.process(address);
  return cidrOf(parsed, NEIGHBORHOOD[parsed.kind()]);
}

function cidrOf(address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number): string {
  const { IPv4, IPv6 } = ipaddr;
  const network =
    address.kind() === 'ipv4'
      ? IPv4.networkAddressFromCIDR(`${address}/${prefix}`)
      : IPv6.networkAddressFromCIDR(`${address.toNormalizedString()}/${prefix}`);
  return `${network}/${prefix}`;
}
