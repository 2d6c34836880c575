import { type Middleware, onEveryResponse } from './middleware.ts';

const ALWAYS = {
  Vary: 'Accept',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'Cache-Control': 'no-store',
};

/**
 * Adds default headers to every response: those of the original service and those recommended by OWASP. `Content-Type` has no
 * charset, as in the original and in responses of API Gateway: JSON is always UTF-8 (RFC 8259 §8.1, §11).
 *
 * @see OWASP ASVS 5.0, 3.4.1 (HSTS), 3.4.4 (nosniff), 14.3.2 (no-store)
 */
export const responseHeaders = (): Middleware =>
  onEveryResponse((response) => ({
    ...response,
    headers: {
      ...ALWAYS,
      ...(response.body && { 'Content-Type': 'application/json' }),
      ...response.headers,
    },
  }));
