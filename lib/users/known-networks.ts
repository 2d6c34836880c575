import type { Device } from '../sessions/session.ts';
import { knownPrefixOf, networkOf } from '../throttling/network.ts';
import type { LoginRecord } from './user.ts';

/** Maximum number of known networks per account. */
const MAX_KNOWN_NETWORKS = 10;

/**
 * Returns whether an account has logged in from the network prefix of a device. Records from earlier versions contain
 * addresses, which are converted to prefixes.
 */
export const isKnownNetwork = (record: LoginRecord | undefined, { address }: Device): boolean =>
  address !== undefined && record?.knownNetworks.map(knownPrefixOf).includes(prefixOf(address)) === true;

/** Returns the known networks of an account with that of a device first, or undefined if it is first already. */
export function networksWith(
  { knownNetworks }: LoginRecord,
  { address }: Device,
): readonly string[] | undefined {
  if (address === undefined) return undefined;
  const prefix = prefixOf(address);
  const known = knownNetworks.map(knownPrefixOf);
  if (known[0] === prefix) return undefined;
  return [...new Set([prefix, ...known])].slice(0, MAX_KNOWN_NETWORKS);
}

const prefixOf = (address: string): string => knownPrefixOf(networkOf(address));
