import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** A request as serverless-offline's HTTP server (hapi) hands it to its extensions. */
export interface OfflineRequest {
  /** In lower case. */
  readonly method: string;
  readonly route: { readonly method: string; readonly path: string };
  readonly raw: { readonly req: IncomingMessage; readonly res: ServerResponse };
  /** What would be answered: an error has its status in `output`. */
  readonly response: {
    readonly output?: { readonly statusCode: number };
    readonly statusCode?: number;
  } | null;
}

interface Toolkit {
  readonly continue: symbol;
  /** Says that the answer has been written already. */
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

/** The part of serverless-offline's HTTP server that is used here. */
export interface OfflineServer {
  readonly listener: Server;
  ext(
    event: 'onRequest' | 'onPreAuth' | 'onPreResponse',
    extension: (request: OfflineRequest, toolkit: Toolkit) => symbol | object,
  ): void;
  table(): readonly Route[];
  route(route: { method: string; path: string; handler: unknown; options: Record<string, unknown> }): void;
}

/** Payloads as serverless-offline takes them on other methods: 10 MB, unread (Amazon API Gateway quotas). */
const PAYLOAD = { maxBytes: 10 * 1024 * 1024, parse: false };

/**
 * Lets a route for any method answer OPTIONS too: hapi would give that to a preflight handler of its own, for the
 * catch-all route of serverless-offline has CORS on.
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
 * Takes requests whatever they expect: Node would refuse with an empty 417 what API Gateway takes no notice of.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html (Expect is removed)
 */
export function ignoreExpectations({ listener }: OfflineServer): void {
  listener.on('checkExpectation', (request, response) => listener.emit('request', request, response));
}

const CATCH_ALL = '/{p*}';
