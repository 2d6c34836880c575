import { Readable } from 'node:stream';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';

/** How long one attempt may take, in milliseconds. */
export interface AttemptTimeouts {
  readonly connectMs: number;
  /** Until the headers of the response, and between two parts of its body. */
  readonly requestMs: number;
  /** Until the end of the body. */
  readonly attemptMs: number;
}

/**
 * Sends requests of the SDK, and ends an attempt at its deadline. The timeouts of `NodeHttpHandler` limit the time until the
 * headers of the response, but not its body.
 */
export class DeadlineHandler extends NodeHttpHandler {
  readonly #attemptMs: number;

  constructor({ connectMs, requestMs, attemptMs }: AttemptTimeouts, options: NodeHttpHandlerOptions = {}) {
    super({
      ...options,
      connectionTimeout: connectMs,
      requestTimeout: Math.min(requestMs, attemptMs),
      socketTimeout: requestMs,
      throwOnRequestTimeout: true,
    });
    this.#attemptMs = attemptMs;
  }

  override async handle(...args: Parameters<NodeHttpHandler['handle']>) {
    const deadline = performance.now() + this.#attemptMs;
    const result = await super.handle(...args);
    const body: unknown = result.response.body;
    if (body instanceof Readable) endAt(deadline, body);
    return result;
  }
}

/** Destroys a body that has not ended by the deadline (monotonic clock). A timer costs less than an AbortSignal. */
function endAt(deadline: number, body: Readable): void {
  const end = () =>
    body.destroy(Object.assign(new Error('the response did not end in time'), { name: 'TimeoutError' }));
  const timer = setTimeout(end, deadline - performance.now()).unref();
  body.once('close', () => clearTimeout(timer));
}
