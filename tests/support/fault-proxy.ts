import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { deliver, type ResponseFault } from '../../tools/harness/fault-server.ts';

/** A fault of one request to DynamoDB or its response. */
export type Fault =
  | Exclude<ResponseFault, 'response held'>
  /** The request does not arrive; the connection is reset. */
  | 'request lost'
  /** The request is accepted and never answered. */
  | 'stalled'
  /** The request is delayed. */
  | 'late'
  | 'throttled'
  | 'server error';

export const FAULTS: readonly Fault[] = [
  'request lost',
  'response lost',
  'response truncated',
  'stalled',
  'stalled in the body',
  'late',
  'throttled',
  'server error',
];

export interface FaultProxy {
  readonly endpoint: string;
  /** Chooses the fault of each request by its number, from 0. */
  faultOf: (count: number) => Fault;
  close(): Promise<void>;
}

const LATE_MS = 60;
const THROTTLED = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';

/** A proxy between a client and DynamoDB that injects faults of the network and the engine. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let count = 0;
  const { hostname, port, host } = new URL(target);
  const server = createServer(async (incoming, outgoing) => {
    const fault = proxy.faultOf(count);
    count += 1;
    const body = await buffer(incoming);
    const cut = () => incoming.socket.destroy();
    const refuse = (status: number, type: string) =>
      outgoing
        .writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0' })
        .end(JSON.stringify({ __type: type, message: 'injected by a test' }));
    if (fault === 'request lost') return cut();
    if (fault === 'stalled') return;
    if (fault === 'throttled') return refuse(400, THROTTLED);
    if (fault === 'server error') return refuse(500, 'InternalServerError');
    const forward = () => {
      const { method, url, headers } = incoming;
      request({ hostname, port, method, path: url, headers: { ...headers, host } }, async (upstream) => {
        const content = await buffer(upstream);
        const response = { status: upstream.statusCode ?? 500, headers: upstream.headers, body: content };
        deliver(fault, response, outgoing);
      }).end(body);
    };
    if (fault === 'late') setTimeout(forward, LATE_MS);
    else forward();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FaultProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faultOf: () => 'none',
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}
