import { type Middleware, onEveryAnswer } from './middleware.ts';
import type { HttpRequest } from './request.ts';

const READABLE = 'Link, ETag, Retry-After, WWW-Authenticate';
const SENDABLE =
  'authorization, content-type, if-none-match, accept, accept-language, latchkey-device, idempotency-key';
/** How long a browser may keep what a preflight said, in seconds. */
const PREFLIGHT_MAX_AGE_S = 7200;

/**
 * Opens answers to browser apps on the allowed origins, preflights included, and never with credentials: no cookie
 * opens anything here. Stands above the middleware that answers errors, so that refusals can be read too.
 *
 * @param allowedOrigins origins, or `*`; none closes every answer
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol, OWASP ASVS 5.0, 3.4.2
 */
export function cors(allowedOrigins: readonly string[], methods: readonly string[]): Middleware {
  const isOpen = allowedOrigins.includes('*');
  const vary = isOpen || allowedOrigins.length === 0 ? {} : { Vary: 'Accept, Origin' };
  return onEveryAnswer((answer, request) => {
    const origin = request.header('origin');
    const isAllowed = origin !== undefined && (isOpen || allowedOrigins.includes(origin));
    return {
      ...answer,
      headers: {
        ...answer.headers,
        ...vary,
        ...(isAllowed && {
          'Access-Control-Allow-Origin': isOpen ? '*' : origin,
          'Access-Control-Expose-Headers': READABLE,
        }),
        ...(isAllowed && isPreflight(request) && preflight(methods)),
      },
    };
  });
}

const isPreflight = (request: HttpRequest): boolean =>
  request.method === 'OPTIONS' && request.header('access-control-request-method') !== undefined;

const preflight = (methods: readonly string[]) => ({
  'Access-Control-Allow-Methods': methods.join(', '),
  'Access-Control-Allow-Headers': SENDABLE,
  'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_S),
});
