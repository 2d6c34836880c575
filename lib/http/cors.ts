import { type Middleware, onEveryAnswer } from './middleware.ts';
import type { HttpRequest } from './request.ts';

const EXPOSED_HEADERS = 'Link, ETag, Retry-After, WWW-Authenticate';
const ALLOWED_HEADERS =
  'authorization, content-type, if-none-match, accept, accept-language, latchkey-device, idempotency-key';
/** How long a browser may cache a preflight response, in seconds. */
const PREFLIGHT_MAX_AGE_S = 7200;

/**
 * Adds CORS headers for browser apps on the allowed origins, including preflight responses. Never allows credentials,
 * because the service uses no cookies. Registered before the middleware for errors, so that browser apps can read error
 * responses.
 *
 * @param allowedOrigins origins, or `*`; empty allows none
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
          'Access-Control-Expose-Headers': EXPOSED_HEADERS,
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
  'Access-Control-Allow-Headers': ALLOWED_HEADERS,
  'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_S),
});
