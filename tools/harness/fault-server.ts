import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../lib/clock.ts';
import type { HttpResponse } from '../../local/gateway/response.ts';
import type { ServiceRequest } from './http-service.ts';
import { deliver, type ResponseFault } from './response-faults.ts';

/** A fault of one request of a client, or of its response. */
export type ServiceFault =
  | ResponseFault
  /** The connection is reset before the request is executed. */
  | 'request lost'
  /** The request is executed twice, and the client gets the second response. */
  | 'request duplicated'
  /** The request is executed, and the response arrives later. */
  | { readonly delayMs: number }
  /** The request is not executed, and something else responds. */
  | { readonly response: HttpResponse };

export interface FaultServerOptions {
  /** The clock of the service, for the header `Date`. */
  readonly clock: Clock;
  /** 0 by default, for any free port. */
  readonly port?: number;
  execute(request: ServiceRequest): Promise<HttpResponse>;
  faultOf(request: ServiceRequest): ServiceFault;
}

export interface FaultServer {
  readonly url: string;
  /** Ends the connections whose response was held. */
  release(): void;
  close(): Promise<void>;
}

/** Starts an HTTP server on loopback that injects faults between a client and the service. */
export async function startFaultServer(options: FaultServerOptions): Promise<FaultServer> {
  const held = new Set<ServerResponse>();
  const server = createServer((incoming, outgoing) => {
    respond(options, held, incoming, outgoing).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : undefined);
      server.emit('error', error);
    });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    release: () => {
      for (const response of held) response.destroy();
      held.clear();
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function respond(
  { clock, execute, faultOf }: FaultServerOptions,
  held: Set<ServerResponse>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const body = await text(incoming).catch(() => undefined);
  // The client has ended the connection.
  if (body === undefined) return;
  const request = {
    method: incoming.method ?? 'GET',
    target: incoming.url ?? '/',
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
    ),
    body,
  };
  const fault = faultOf(request);
  if (fault === 'request lost') {
    outgoing.destroy();
    return;
  }
  if (fault === 'request duplicated') await execute(request);
  const isInjected = typeof fault === 'object' && 'response' in fault;
  const response = isInjected ? fault.response : await execute(request);
  if (typeof fault === 'object' && 'delayMs' in fault) await delay(fault.delayMs);
  if (fault === 'response held') held.add(outgoing);
  const date = new Date(clock()).toUTCString();
  const headers = Object.fromEntries([...response.headers, ['Date', date]]);
  const isKind = typeof fault === 'string' && fault !== 'request duplicated';
  const length = response.body.length > 0 ? { 'Content-Length': response.body.length } : {};
  deliver(
    isKind ? fault : 'none',
    { status: response.status, headers: { ...headers, ...length }, body: response.body },
    outgoing,
  );
}
