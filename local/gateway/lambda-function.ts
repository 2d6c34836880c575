import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Context } from 'aws-lambda';
import type { FunctionDefinition } from './service.ts';

type Handler = (event: unknown, context: Omit<Context, 'done' | 'fail' | 'succeed'>) => unknown;

/** The sources, and the bundles of the tests. */
const EXTENSIONS = ['.ts', '.mjs'];

/** A function of the service in this process. It loads its module once, like an execution environment. */
export class LambdaFunction {
  readonly #definition: FunctionDefinition;
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string>>;
  #handler: Handler | undefined;

  /** @param folder the folder of `serverless.yml`, to which the path of the handler is relative */
  constructor(definition: FunctionDefinition, folder: string) {
    this.#definition = definition;
    this.#folder = folder;
    // Lambda defines further variables, which the functions do not read.
    this.#environment = { AWS_REGION: definition.region, ...definition.environment };
  }

  /**
   * Invokes the handler, with the environment variables of this function in `process.env`.
   *
   * @throws the error that the handler throws, or an error if the handler times out
   */
  async invoke(event: unknown): Promise<unknown> {
    this.#handler ??= await this.#load();
    // All functions share the variables of the process.
    Object.assign(process.env, this.#environment);
    const { name, memoryMegabytes, region, timeoutSeconds } = this.#definition;
    const deadline = performance.now() + timeoutSeconds * 1000;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      const fail = () => reject(new Error(`the function ${name} timed out after ${timeoutSeconds} seconds`));
      timer = setTimeout(fail, timeoutSeconds * 1000);
    });
    try {
      const result = this.#handler(event, {
        awsRequestId: randomUUID(),
        callbackWaitsForEmptyEventLoop: true,
        functionName: name,
        functionVersion: '$LATEST',
        invokedFunctionArn: `arn:aws:lambda:${region}:000000000000:function:${name}`,
        memoryLimitInMB: String(memoryMegabytes),
        logGroupName: `/aws/lambda/${name}`,
        logStreamName: 'local',
        getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - performance.now())),
      });
      return await Promise.race([result, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #load(): Promise<Handler> {
    const { handler } = this.#definition;
    const [, path = '', name = ''] = /^(.*)\.(.*)$/.exec(handler) ?? [];
    const files = EXTENSIONS.map((extension) => resolve(this.#folder, path + extension));
    const file = files.find(existsSync);
    if (file === undefined) throw new Error(`the module of the handler ${handler} does not exist`);
    // The module may read the variables when it is loaded.
    Object.assign(process.env, this.#environment);
    const loaded: unknown = (await import(pathToFileURL(file).href))[name];
    if (!isHandler(loaded)) throw new Error(`${file} does not export the function ${name}`);
    return loaded;
  }
}

const isHandler = (value: unknown): value is Handler => typeof value === 'function';
