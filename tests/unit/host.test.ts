import { expect, it } from 'vitest';
import { deviceUrls, hostOf, hostProblem, localUrl } from '../../local/host.ts';
import { choosePort } from '../../local/port.ts';

const entry = (address: string, internal = false) => {
  const mask = { netmask: '255.255.255.0', mac: '02:00:00:00:00:00', cidr: `${address}/24` };
  return { address, internal, family: 'IPv4' as const, ...mask };
};
const INTERFACES = { lo: [entry('127.0.0.1', true)], wlan0: [entry('192.168.1.5')], eth0: [] };

it.each(['0.0.0.0', '::'])('a server on %s has URLs for phones and emulators', (host) => {
  expect(deviceUrls(host, 8000, INTERFACES)).toEqual([
    ['a phone in this network', 'http://192.168.1.5:8000'],
    ['an Android emulator', 'http://10.0.2.2:8000'],
  ]);
  expect(localUrl(host, 8000)).toBe('http://127.0.0.1:8000');
});

it.each([undefined, '', 'localhost', '127.0.0.1'])('HOST=%s is loopback only', (value) => {
  expect(hostProblem(value)).toBeUndefined();
  expect(hostOf(value)).toBe('127.0.0.1');
  expect(deviceUrls(hostOf(value), 8000, INTERFACES)).toEqual([]);
});

it('an address other than loopback is the URL', () => {
  expect(localUrl('192.168.1.5', 8000)).toBe('http://192.168.1.5:8000');
  expect(localUrl('fd00::2', 8000)).toBe('http://[fd00::2]:8000');
});

it.each(['my-laptop', 'x86_64-conda-linux-gnu', '0.0.0', '[::1]', '127.0.0.1:80', 'fe80::1%eth0'])(
  'HOST=%s is refused',
  (value) => {
    expect(hostProblem(value)).toBe('HOST is not an IP address, such as 0.0.0.0 for all networks');
  },
);

it.each(['192.0.2.1', 'fe80::1', 'ff02::1'])(
  'HOST=%s is reported, because it cannot be listened on',
  async (host) => {
    await expect(choosePort('0', host)).rejects.toThrow('HOST is not an address of this machine');
  },
);
