import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** Not the global agent, which sends requests through a proxy with `NODE_USE_ENV_PROXY`. `fetch` does, too. */
const agent = new Agent();
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** Returns whether a URL is that of this machine. */
export const isLoopback = (url: string): boolean => LOOPBACK.test(new URL(url).hostname);

/**
 * Sends a request as `fetch` does, but never through a proxy if it is sent to this machine.
 *
 * @see https://nodejs.org/api/http.html#built-in-proxy-support
 */
export async function fetchDirectly(url: string, init: RequestInit = {}): Promise<Response> {
  if (!isLoopback(url) || new URL(url).protocol !== 'http:') return fetch(url, init);
  const { signal } = init;
  const message = new Request(url, init);
  const body = Buffer.from(await message.arrayBuffer());
  const hasLength = body.byteLength > 0 || message.method === 'POST' || message.method === 'PUT';
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) =>
      reject(signal?.aborted ? signal.reason : new TypeError('fetch failed', { cause }));
    const sent = request(url, {
      agent,
      method: message.method,
      headers: {
        ...Object.fromEntries(message.headers),
        ...(hasLength && { 'content-length': body.byteLength }),
      },
      ...(signal && { signal }),
    });
    sent.on('error', fail);
    sent.on('response', (response) => {
      const headers = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      );
      buffer(response).then((content) => {
        const { statusCode: status = 0 } = response;
        resolve(new Response(content.byteLength === 0 ? null : content, { status, headers }));
      }, fail);
    });
    sent.end(body);
  });
}
