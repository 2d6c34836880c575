import { isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

const LOOPBACK = '127.0.0.1';
/** The address of the host's loopback in the Android emulator. @see https://developer.android.com/studio/run/emulator-networking */
const ANDROID_EMULATOR_HOST = '10.0.2.2';

/** Returns the problem of a value of `HOST`, or undefined if it is valid. */
export const hostProblem = (value = ''): string | undefined =>
  // A URL cannot contain the zone of an IPv6 address (URL standard, host parsing).
  ['', 'localhost'].includes(value) || (isIP(value) !== 0 && !value.includes('%'))
    ? undefined
    : 'HOST is not an IP address, such as 0.0.0.0 for all networks';

/** Returns the address to listen on. @param value a valid value of `HOST`; the default is loopback */
export const hostOf = (value = ''): string => (['', 'localhost'].includes(value) ? LOOPBACK : value);

const isWildcard = (host: string): boolean => ['0.0.0.0', '::'].includes(host);

/** Returns whether `localhost` reaches a server that listens on an address. */
export const isOnLoopback = (host: string): boolean => isWildcard(host) || host === LOOPBACK;

/** Returns the URL at which this machine reaches a server. */
export const localUrl = (host: string, port: number): string =>
  `http://${isOnLoopback(host) ? LOOPBACK : inUrl(host)}:${port}`;

/** Returns the URLs at which other devices reach a server, by kind of device; empty if it listens on loopback only. */
export function deviceUrls(
  host: string,
  port: number,
  interfaces = networkInterfaces(),
): readonly (readonly [device: string, url: string])[] {
  if (!isWildcard(host)) return [];
  const addresses = Object.values(interfaces).flatMap((entries = []) =>
    entries.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address),
  );
  return [
    ...addresses.map((address) => ['a phone in this network', address]),
    ['an Android emulator', ANDROID_EMULATOR_HOST],
  ].map(([device = '', address]) => [device, `http://${address}:${port}`]);
}

const inUrl = (host: string): string => (isIPv6(host) ? `[${host}]` : host);
