import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What happens to one request on its way to DynamoDB or back. */
export type Fault =
  | 'none'
  /** It never arrives; the connection is cut. */
  | 'request lost'
  /** It is carried out, and the connection is cut before the answer. */
  | 'answer lost'
  /** It is carried out, and the connection is cut in the middle of the answer. */
  | 'answer cut'
  /** It is taken, and never answered. */
  | 'stalled'
  /** It arrives late. */
  | 'late'
  | 'throttled'
  | 'server error';

export const FAULTS: readonly Fault[] = [
  'request lost',
  'answer lost',
  'answer cut',
  'stalled',
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

/** Stands between a client and a DynamoDB, and does to requests what a network and an engine in trouble do. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let count = 0;
  const { hostname, port } = new URL(target);
  const server = createServer(async (incoming, outgoing) => {
    const fault = proxy.faultOf(count);
    count += 1;
    const body = await buffer(incoming);
    const cut = () => incoming.socket.destroy();
    const refuse = (status: number, type: string) =>
      outgoing
        .writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0' })
        .end(JSON.stringify({ __type: type, message: 'as asked for by a test' }));
    if (fault === 'request lost') return cut();
    if (fault === 'stalled') return;
    if (fault === 'throttled') return refuse(400, THROTTLED);
    if (fault === 'server error') return refuse(500, 'InternalServerError');
    const forward = () => {
      const { method, url, headers } = incoming;
      request({ hostname, port, method, path: url, headers }, async (answer) => {
        const content = await buffer(answer);
        if (fault === 'answer lost') return cut();
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        if (fault === 'answer cut') outgoing.write(content.subarray(0, content.length / 2), cut);
        else outgoing.end(content);
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
