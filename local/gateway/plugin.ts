import { Gateway } from './gateway.ts';
import type { OfflineServer } from './offline-server.ts';
import { readService } from './service.ts';

interface OfflinePlugin {
  internals(): { getApiGatewayServer(): OfflineServer };
}

interface Serverless {
  readonly service: unknown;
  readonly pluginManager: { readonly plugins: readonly (object | OfflinePlugin)[] };
}

/**
 * Makes serverless-offline answer as a REST API of API Gateway does, by the same `serverless.yml` that is deployed:
 * authorizer, gateway responses, headers, bodies, unknown paths. It knows no route and no rule of the service.
 */
export default class GatewayPlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  readonly #serverless: Serverless;

  constructor(serverless: Serverless) {
    this.#serverless = serverless;
    this.hooks = { 'after:offline:start:init': () => this.#attach() };
  }

  async #attach(): Promise<void> {
    const gateway = new Gateway(readService(this.#serverless.service));
    // As serverless-offline imports it, or it may be another instance: the framework tries to require its plugins first.
    const { default: Lambda } = await import('serverless-offline/lambda');
    const get = Lambda.prototype.get;
    Lambda.prototype.get = function (functionKey) {
      return gateway.wrap(functionKey, (key) => get.call(this, key));
    };
    const offline = this.#serverless.pluginManager.plugins.find(isOffline);
    if (offline === undefined) throw new Error('serverless-offline is not among the plugins');
    gateway.attach(offline.internals().getApiGatewayServer());
  }
}

const isOffline = (plugin: object | OfflinePlugin): plugin is OfflinePlugin => 'internals' in plugin;
