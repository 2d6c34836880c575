import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** A request of hapi, the HTTP server of serverless-offline. */
export interface OfflineRequest {
  /** In lower case. */
  readonly method: string;
  readonly route: { readonly method: string; readonly path: string };
  readonly raw: { readonly req: IncomingMessage; readonly res: ServerResponse };
  /** The response of the server. An error has its status in `output`. */
  readonly response: {
    readonly output?: { readonly statusCode: number };
    readonly statusCode?: number;
  } | null;
}

interface Toolkit {
  readonly continue: symbol;
  /** States that the response has already been written. */
  readonly abandon: symbol;
  response(): { takeover(): object };
}

interface Route {
  readonly method: string;
  readonly path: string;
  readonly settings: {
    readonly handler?: unknown;
    readonly auth?: false | { readonly strategies: readonly string[] };
  };
}

/** The parts of the HTTP server of serverless-offline that the gateway uses. */
export interface OfflineServer {
  readonly listener: Server;
  ext(
    event: 'onRequest' | 'onPreAuth' | 'onPreResponse',
    extension: (request: OfflineRequest, toolkit: Toolkit) => symbol | object,
  ): void;
  table(): readonly Route[];
  route(route: { method: string; path: string; handler: unknown; options: Record<string, unknown> }): void;
}

/** The payload settings of serverless-offline for other methods: 10 MB, not parsed (Amazon API Gateway quotas). */
const PAYLOAD = { maxBytes: 10 * 1024 * 1024, parse: false };

/**
 * Makes routes for all methods accept OPTIONS. hapi would respond with a preflight handler, because the catch-all route of
 * serverless-offline enables CORS.
 */
export function serveOptions(server: OfflineServer): void {
  const routes = server.table();
  const taken = new Set(routes.filter(({ method }) => method === 'options').map(({ path }) => path));
  for (const { method, path, settings } of routes) {
    if (method !== '*' || path === CATCH_ALL || taken.has(path)) continue;
    server.route({
      method: 'OPTIONS',
      path,
      handler: settings.handler,
      options: {
        auth: settings.auth ? { strategies: settings.auth.strategies } : false,
        payload: PAYLOAD,
        state: { parse: false, failAction: 'ignore' },
      },
    });
  }
}

/**
 * Ignores the `Expect` header, like API Gateway. Node.js would respond with an empty 417.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html (Expect is removed)
 */
export function ignoreExpectations({ listener }: OfflineServer): void {
  listener.on('checkExpectation', (request, response) => listener.emit('request', request, response));
}

/** Lets requests without `Host` reach the gateway. Node.js would respond to those of HTTP/1.1 with an empty 400. */
export function acceptMissingHost({ listener }: OfflineServer): void {
  Object.assign(listener, { requireHostHeader: false });
}

const CATCH_ALL = '/{p*}';
