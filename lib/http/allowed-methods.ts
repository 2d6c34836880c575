import { RequestError } from '../errors.ts';
import { type Middleware, onEveryResponse } from './middleware.ts';

/**
 * Rejects the methods that a route does not support, before the body is parsed. Adds `Allow` to every response.
 *
 * @throws {RequestError} `method_not_allowed`
 * @see RFC 9110 §10.2.1 (Allow), §15.5.6 (405)
 */
export function allowedMethods(methods: readonly string[]): Middleware {
  const allowed = methods
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .concat('OPTIONS');
  return {
    before: ({ event }) => {
      if (allowed.includes(event.method)) return;
      throw new RequestError('method_not_allowed', `Method "${event.method}" not allowed.`);
    },
    ...onEveryResponse((response) => ({
      ...response,
      headers: { Allow: allowed.join(', '), ...response.headers },
    })),
  };
}
