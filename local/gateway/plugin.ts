import type { Server } from 'node:http';
import { inspect } from 'node:util';
import { tellColored, warn } from '../../tools/kit/terminal.ts';
import { REQUEST_LINES, requestLine } from '../request-log.ts';
import { Gateway } from './gateway.ts';
import { LambdaFunction } from './lambda-function.ts';
import { listenOnSecondLoopback } from './second-loopback.ts';
import { readService } from './service.ts';

/** The HTTP server of serverless-offline. */
interface OfflineServer {
  readonly listener: Server;
  ext(event: 'onPreStop', extension: () => Promise<void>): void;
}

interface OfflinePlugin {
  internals(): { getApiGatewayServer(): OfflineServer };
}

interface Serverless {
  readonly service: unknown;
  /** The folder of `serverless.yml`. */
  readonly serviceDir: string;
  readonly pluginManager: { readonly plugins: readonly (object | OfflinePlugin)[] };
}

/**
 * Makes serverless-offline respond like a REST API of API Gateway, from the `serverless.yml` that is deployed: authorizer,
 * gateway responses, headers, bodies, unknown paths. It contains no route and no rule of the service.
 */
export default class GatewayPlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  readonly #serverless: Serverless;

  constructor(serverless: Serverless) {
    this.#serverless = serverless;
    this.hooks = { 'after:offline:start:init': () => this.#attach() };
  }

  async #attach(): Promise<void> {
    const { service: definition, serviceDir, pluginManager } = this.#serverless;
    const service = readService(definition);
    const functions = new Map(
      [...service.functions].map(([name, one]) => [name, new LambdaFunction(one, serviceDir)]),
    );
    const gateway = new Gateway(service, {
      invoke: async (name, event) => {
        try {
          return await functions.get(name)?.invoke(event);
        } catch (error) {
          warn(`The function ${name} failed: ${inspect(error)}`);
          throw error;
        }
      },
      ...(process.env[REQUEST_LINES] && { onResponse: (request) => tellColored(requestLine(request)) }),
    });
    const offline = pluginManager.plugins.find(isOffline);
    if (offline === undefined) throw new Error('serverless-offline is not among the plugins');
    const server = offline.internals().getApiGatewayServer();
    await listenOnSecondLoopback(server.listener);
    gateway.attach(server.listener);
    // Otherwise, the server would close the connections of requests that it does not handle itself.
    server.ext('onPreStop', () => gateway.drain(server.listener));
  }
}

const isOffline = (plugin: object | OfflinePlugin): plugin is OfflinePlugin => 'internals' in plugin;
