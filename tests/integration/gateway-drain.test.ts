import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Gateway } from '../../local/gateway/gateway.ts';
import { readService } from '../../local/gateway/service.ts';

/** Below the time limit of the gateway for requests without a response. */
const AT_MOST_MS = 4_000;

it('a gateway that stops does not wait for the requests of a closed connection, of which several were sent at once', async () => {
  const service = readService({
    provider: { stage: 'test', region: 'eu-west-1', apiGateway: { binaryMediaTypes: ['*/*'] } },
    functions: { one: { handler: 'one.handler', events: [{ http: { method: 'get', path: 'one' } }] } },
    resources: { Resources: {} },
  });
  const server = createServer();
  let onInvoked = () => {};
  const invoked = new Promise<void>((resolve) => {
    onInvoked = resolve;
  });
  const gateway = new Gateway(service, {
    invoke: () => {
      onInvoked();
      return new Promise(() => {});
    },
  });
  gateway.attach(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection');
  const socket = connect({ host: '127.0.0.1', port });
  socket.write('GET /one HTTP/1.1\r\nHost: h\r\n\r\n'.repeat(5));
  await invoked;
  const [connection] = await accepted;
  const closed = once(connection, 'close');
  socket.destroy();
  await closed;
  const waited = new AbortController();
  const limit = delay(AT_MOST_MS, 'waits', { signal: waited.signal });
  expect(await Promise.race([gateway.drain(server).then(() => 'drained'), limit])).toBe('drained');
  waited.abort();
  await limit.catch(() => {});
});
