import { type Middleware, onEveryAnswer } from './middleware.ts';

const ALWAYS = {
  Vary: 'Accept',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'Cache-Control': 'no-store',
};

/**
 * Adds default headers to every response: those of the original service and those recommended by OWASP.
 *
 * @see OWASP ASVS 5.0, 3.4.1 (HSTS), 3.4.4 (nosniff), 4.1.1 (Content-Type with charset), 14.3.2 (no-store)
 */
export const answerHeaders = (): Middleware =>
  onEveryAnswer((answer) => ({
    ...answer,
    headers: {
      ...ALWAYS,
      ...(answer.body && { 'Content-Type': 'application/json; charset=utf-8' }),
      ...answer.headers,
    },
  }));
