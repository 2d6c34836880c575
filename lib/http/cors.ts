import { type Middleware, onEveryResponse } from './middleware.ts';
import type { HttpRequest } from './request.ts';

const EXPOSED_HEADERS = 'Link, ETag, Retry-After, WWW-Authenticate, Date, x-amzn-RequestId';
/** The default headers of django-cors-headers, those of traces and caches, and those that this service reads. */
const ALLOWED_HEADERS = [
  ...['accept', 'accept-encoding', 'accept-language', 'authorization', 'baggage', 'cache-control'],
  ...['content-type', 'dnt', 'idempotency-key', 'if-none-match', 'latchkey-device', 'origin', 'sentry-trace'],
  ...['traceparent', 'tracestate', 'user-agent', 'x-csrftoken', 'x-requested-with'],
];
/** How long a browser may cache a preflight response, in seconds. */
const PREFLIGHT_MAX_AGE_S = 7200;

export interface CorsRules {
  /** Origins, or `*`; empty allows none. */
  readonly allowedOrigins: readonly string[];
  /** Request headers that are allowed besides the usual ones. */
  readonly allowedHeaders: readonly string[];
  readonly methods: readonly string[];
}

/**
 * Adds CORS headers for browser apps on the allowed origins, including preflight responses. Never allows credentials,
 * because the service uses no cookies. Registered before the middleware for errors, so that browser apps can read error
 * responses.
 *
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol, OWASP ASVS 5.0, 3.4.2
 */
export function cors({ allowedOrigins, allowedHeaders, methods }: CorsRules): Middleware {
  const sendable = [...ALLOWED_HEADERS, ...allowedHeaders].join(', ');
  const isOpen = allowedOrigins.includes('*');
  const vary = isOpen || allowedOrigins.length === 0 ? {} : { Vary: 'Accept, Origin' };
  return onEveryResponse((response, request) => {
    const origin = request.header('origin');
    const isAllowed = origin !== undefined && (isOpen || allowedOrigins.includes(origin));
    return {
      ...response,
      headers: {
        ...response.headers,
        ...vary,
        ...(isAllowed && {
          'Access-Control-Allow-Origin': isOpen ? '*' : origin,
          'Access-Control-Expose-Headers': EXPOSED_HEADERS,
        }),
        ...(isAllowed && isPreflight(request) && preflight(methods, sendable)),
      },
    };
  });
}

const isPreflight = (request: HttpRequest): boolean =>
  request.method === 'OPTIONS' && request.header('access-control-request-method') !== undefined;

const preflight = (methods: readonly string[], sendable: string) => ({
  'Access-Control-Allow-Methods': methods.join(', '),
  'Access-Control-Allow-Headers': sendable,
  'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_S),
});
