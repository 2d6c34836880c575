import { once } from 'node:events';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../lib/clock.ts';
import type { HttpResponse } from '../../local/gateway/response.ts';
import type { ServiceRequest } from './http-service.ts';

/** A fault of the network after a request was executed. */
export type ResponseFault =
  | 'none'
  /** The connection is reset before the response. */
  | 'response lost'
  /** The connection is reset during the response. */
  | 'response truncated'
  /** The response stops in the middle of its body; the connection stays open. */
  | 'stalled in the body'
  /** The response never begins; the connection stays open. */
  | 'response held';

/** A fault of one request of a client, or of its response. */
export type ServiceFault =
  | ResponseFault
  /** The connection is reset before the request is executed. */
  | 'request lost'
  /** The request is executed twice, and the client gets the second response. */
  | 'request duplicated'
  /** The request is executed, and the response arrives later. */
  | { readonly kind: 'response delayed'; readonly delayMs: number }
  /** The request is not executed, and something else responds. */
  | { readonly kind: 'response replaced'; readonly response: HttpResponse };

/** Returns a fault: a response in the place of that of the service. */
export const replacement = (
  status: number,
  body: string,
  headers: HttpResponse['headers'],
): ServiceFault => ({
  kind: 'response replaced',
  response: { status, headers, body: Buffer.from(body) },
});

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
  const found = faultOf(request);
  const fault = typeof found === 'string' ? { kind: found } : found;
  if (fault.kind === 'request lost') {
    outgoing.destroy();
    return;
  }
  if (fault.kind === 'request duplicated') await execute(request);
  const response = fault.kind === 'response replaced' ? fault.response : await execute(request);
  if (fault.kind === 'response delayed') await delay(fault.delayMs);
  if (fault.kind === 'response held') held.add(outgoing);
  const headers = {
    ...Object.fromEntries(response.headers),
    Date: new Date(clock()).toUTCString(),
    ...(response.body.length > 0 && { 'Content-Length': response.body.length }),
  };
  deliver(fault.kind, { ...response, headers }, outgoing);
}

/**
 * Writes a response with a fault.
 *
 * @param fault a {@link ResponseFault}; with any other fault, the response is complete
 */
export function deliver(
  fault: string,
  { status, headers, body }: { status: number; headers: OutgoingHttpHeaders; body: Buffer },
  response: ServerResponse,
): void {
  const cut = () => response.destroy();
  if (fault === 'response held') return;
  if (fault === 'response lost') {
    cut();
    return;
  }
  response.writeHead(status, headers);
  const half = body.subarray(0, body.length / 2);
  if (fault === 'response truncated') response.write(half, cut);
  else if (fault === 'stalled in the body') response.write(half);
  else response.end(body);
}
