import { tellColored } from '../../tools/kit/terminal.ts';
import { REQUEST_LINES, requestLine } from '../request-log.ts';
import { Gateway } from './gateway.ts';
import { createIndexPage } from './index-page.ts';
import type { OfflineServer } from './offline-server.ts';
import { listenOnSecondLoopback } from './second-loopback.ts';
import { readService } from './service.ts';

interface OfflinePlugin {
  internals(): { getApiGatewayServer(): OfflineServer };
}

interface Serverless {
  readonly service: unknown;
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
    const service = readService(this.#serverless.service);
    const gateway = new Gateway(service, {
      page: createIndexPage(service.name, service.routes),
      ...(process.env[REQUEST_LINES] && { onResponse: (request) => tellColored(requestLine(request)) }),
    });
    // Imported the way serverless-offline does: the framework first tries to require its plugins, and a required module
    // would be another instance.
    const { default: Lambda } = await import('serverless-offline/lambda');
    const get = Lambda.prototype.get;
    Lambda.prototype.get = function (functionKey) {
      return gateway.wrap(functionKey, (key) => get.call(this, key));
    };
    const offline = this.#serverless.pluginManager.plugins.find(isOffline);
    if (offline === undefined) throw new Error('serverless-offline is not among the plugins');
    const server = offline.internals().getApiGatewayServer();
    await listenOnSecondLoopback(server.listener);
    gateway.attach(server);
  }
}

const isOffline = (plugin: object | OfflinePlugin): plugin is OfflinePlugin => 'internals' in plugin;
