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
 * Sends requests of the SDK, and aborts an attempt at its deadline, or when the caller does. The timeouts of `NodeHttpHandler` do not
 * limit the body.
 */
export class DeadlineHandler extends NodeHttpHandler {
  readonly #attemptMs: number;

  constructor({ connectMs, requestMs, attemptMs }: AttemptTimeouts, options: NodeHttpHandlerOptions = {}) {
    super({
      ...options,
      connectionTimeout: connectMs,
      requestTimeout: requestMs,
      socketTimeout: requestMs,
      throwOnRequestTimeout: true,
    });
    this.#attemptMs = attemptMs;
  }

  override handle(...[request, options = {}]: Parameters<NodeHttpHandler['handle']>) {
    const deadline = AbortSignal.timeout(this.#attemptMs);
    const { abortSignal: given } = options;
    const abortSignal = given instanceof AbortSignal ? AbortSignal.any([given, deadline]) : deadline;
    return super.handle(request, { ...options, abortSignal });
  }
}
