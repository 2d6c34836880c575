import { timingSafeEqual } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { type HttpRequest, HttpResponse } from '@smithy/core/transport';
import dynalite from 'dynalite';
import './dynalite-patches.ts';

export interface EmbeddedDynamoDB {
  /** The URL of its API, on the loopback interface. Its username is the access key, if there is one. */
  readonly endpoint: string;
  /** Responds to a request of this process, without a connection. */
  respond(request: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}

/**
 * Starts the embedded DynamoDB in this process, on a free port of the loopback interface. It refuses requests of web pages:
 * those with an `Origin`, and those with another `Host`, which a page reaches by DNS rebinding.
 *
 * @param path the folder of its data. By default, the data is in memory.
 * @param accessKey the access key id that every request to the API needs. By default, any id is accepted.
 */
export async function startEmbeddedDynamoDB(path?: string, accessKey?: string): Promise<EmbeddedDynamoDB> {
  const server = dynalite({ ...(path === undefined ? {} : { path }), createTableMs: 0, deleteTableMs: 0 });
  const handlers = server.listeners('request');
  const running = new RunningRequests();
  server.removeAllListeners('request');
  let isClosing = false;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (isClosing) {
      request.destroy();
      return;
    }
    const { localPort } = request.socket;
    if (isAllowed(request, `127.0.0.1:${localPort}`, accessKey)) {
      running.add(request, response);
      for (const handle of handlers) handle.call(server, request, response);
    } else {
      request.resume();
      response.writeHead(403, { 'Content-Type': 'application/x-amz-json-1.0' });
      response.end('{"__type":"com.amazon.coral.service#AccessDeniedException"}');
    }
  });
  // After a long computation, Node.js would close idle connections before it reads the requests that wait on them.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the embedded DynamoDB has no port');
  return {
    endpoint: `http://${accessKey === undefined ? '' : `${accessKey}@`}127.0.0.1:${address.port}`,
    respond: ({ method, path, headers, body }) =>
      new Promise((resolve) => {
        if (isClosing) throw new Error('the embedded DynamoDB is closed');
        const request = Object.assign(new EventEmitter(), { method, url: path, headers, complete: true });
        const sent: Record<string, string> = {};
        // The parts of a response that dynalite uses.
        const response = {
          statusCode: 200,
          setHeader: (name: string, value: unknown) => {
            sent[name.toLowerCase()] = String(value);
          },
          end: (text = '') => {
            const { statusCode } = response;
            resolve(new HttpResponse({ statusCode, headers: sent, body: Readable.from(Buffer.from(text)) }));
          },
        };
        running.add(request, response);
        try {
          for (const handle of handlers) handle.call(server, request, response);
          request.emit('data', body instanceof Uint8Array ? Buffer.copyBytesFrom(body) : Buffer.from(body));
          request.emit('end');
        } catch (error) {
          running.remove(response);
          throw error;
        }
      }),
    close: async () => {
      isClosing = true;
      server.closeAllConnections();
      // A request continues after its connection is closed. dynalite ends the process if the store closes first.
      await running.ended();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The requests that dynalite works on, with or without a connection. */
class RunningRequests {
  readonly #responses = new Set<object>();
  #onEnded = () => {};

  add(
    request: EventEmitter & Pick<IncomingMessage, 'complete'>,
    response: { readonly end: (...args: never[]) => unknown },
  ): void {
    this.#responses.add(response);
    const { end } = response;
    Reflect.set(response, 'end', (...args: unknown[]) => {
      this.remove(response);
      return Reflect.apply(end, response, args);
    });
    // dynalite does not begin before it has the whole body.
    request.once('close', () => {
      if (!request.complete) this.remove(response);
    });
  }

  async ended(): Promise<void> {
    if (this.#responses.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEnded = resolve;
    });
  }

  remove(response: object): void {
    this.#responses.delete(response);
    if (this.#responses.size === 0) this.#onEnded();
  }
}

/** The scope of a signature begins with the access key id (Signature Version 4, "Authorization header"). */
const CREDENTIAL = /^AWS4-HMAC-SHA256 Credential=([^/,]*)\//;

function isAllowed(
  { method, headers }: IncomingMessage,
  host: string,
  accessKey: string | undefined,
): boolean {
  if (headers.origin !== undefined || headers.host !== host) return false;
  // The health check has no data.
  if (accessKey === undefined || method === 'GET') return true;
  const sent = Buffer.from(CREDENTIAL.exec(headers.authorization ?? '')?.[1] ?? '');
  const expected = Buffer.from(accessKey);
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}
