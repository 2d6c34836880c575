import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import { afterAll, afterEach, expect, vi } from 'vitest';

// Noise fails: whatever is written to the console, and every connection that leaves this machine.
const noise: string[] = [];

for (const method of ['log', 'info', 'warn', 'error'] as const) {
  vi.spyOn(console, method).mockImplementation((...values) => {
    noise.push(`console.${method}: ${values.map(String).join(' ')}`);
  });
}

const onSocket = (message: unknown) => {
  if (typeof message !== 'object' || message === null || !('socket' in message)) return;
  const { socket } = message;
  if (!(socket instanceof Socket)) return;
  socket.once('connect', () => {
    const { remoteAddress = '' } = socket;
    if (!/^(127\.|::1$|::ffff:127\.)/.test(remoteAddress)) noise.push(`a connection to ${remoteAddress}`);
  });
};
subscribe('net.client.socket', onSocket);
afterAll(() => {
  unsubscribe('net.client.socket', onSocket);
});

afterEach(() => {
  expect(noise.splice(0)).toEqual([]);
});
