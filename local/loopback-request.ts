import { Agent, get, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

/** Not the global agent, which sends requests through a proxy with `NODE_USE_ENV_PROXY`. `fetch` does, too. */
const agent = new Agent();

export interface LoopbackResponse {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Sends a GET request to a server on this machine, never through a proxy.
 *
 * @param timeoutMs the maximum time until the response is complete, in milliseconds
 * @throws if the response does not arrive in time
 * @see https://nodejs.org/api/http.html#built-in-proxy-support
 */
export function requestLoopback(url: string, timeoutMs: number): Promise<LoopbackResponse> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      text(response).then((body) => resolve({ headers: response.headers, body }), reject);
    });
    request.on('error', reject);
  });
}
