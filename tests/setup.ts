import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import { afterAll, afterEach, expect, vi } from 'vitest';

// Noise fails: whatever is written to the console, every connection that leaves this machine, and every response of the
// service that is not as docs/openapi.json describes it.
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
const { fetch } = globalThis;
const methodOf = (input: string | URL | Request, init?: RequestInit): string =>
  init?.method ?? (input instanceof Request ? input.method : 'GET');
globalThis.fetch = async (...call) => {
  const response = await fetch(...call);
  const { pathname } = new URL(response.url);
  // Django has the same paths, but no ids of requests.
  if (!pathname.includes('/api/') || !response.headers.has('x-amzn-requestid')) return response;
  const problem = await compare(methodOf(...call).toUpperCase(), pathname, response.clone());
  if (problem !== undefined) noise.push(problem);
  return response;
};

/** Compares a response with the description. A response that breaks off is left to the test. */
async function compare(method: string, path: string, response: Response): Promise<string | undefined> {
  const body = await response.text().catch(() => undefined);
  if (body === undefined) return undefined;
  const { describedApi } = await import('./support/described-responses.ts');
  const header = (name: string) => response.headers.get(name) ?? undefined;
  return describedApi().problemOf({ method, path, status: response.status, header, body });
}

subscribe('net.client.socket', onSocket);
afterAll(() => {
  globalThis.fetch = fetch;
  unsubscribe('net.client.socket', onSocket);
});

afterEach(() => {
  expect(noise.splice(0)).toEqual([]);
});
