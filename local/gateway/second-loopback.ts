import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:net';

/** Addresses of listeners that `localhost` reaches over IPv4 only. */
const IPV4_ONLY = ['127.0.0.1', '0.0.0.0'];

/**
 * Makes a server on the IPv4 loopback accept connections to the IPv6 one, too: some clients resolve `localhost` to `::1`
 * only. Does nothing on a machine without IPv6.
 */
export async function listenOnSecondLoopback(listener: Server): Promise<void> {
  const address = listener.address();
  if (typeof address !== 'object' || address === null || !IPV4_ONLY.includes(address.address)) return;
  // As http.Server creates its connections.
  const second = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    listener.emit('connection', socket),
  );
  listener.once('close', () => second.close());
  second.listen({ port: address.port, host: '::1' });
  await once(second, 'listening').catch(() => {});
}
