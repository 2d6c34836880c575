import type * as v from 'valibot';
import type { ErrorCode } from '../errors.ts';
import type { TextFields } from './fields.ts';
import type { FailureGroup } from './responses.ts';

/** The methods that a route can have. HEAD comes with GET, and OPTIONS with every route. */
export type Method = 'GET' | 'POST' | 'DELETE';

/**
 * What a method of a route takes and returns. The handler reads the request with these schemas. The description of the API
 * is generated from them (tools/openapi).
 */
export interface Operation {
  readonly body?: TextFields;
  readonly query?: v.ObjectSchema<v.ObjectEntries, undefined>;
  /** The optional request headers that the handler reads. */
  readonly headers?: readonly ('Authorization' | 'Idempotency-Key' | 'If-None-Match' | 'Latchkey-Device')[];
  /** The body of the response 200. Without it, the response is 204. */
  readonly returns?: v.GenericSchema;
  /** The content type of that response; `application/json` by default. */
  readonly type?: string;
  /** The errors that the handler throws, besides those of reading the request and of the authorizer. */
  readonly errors?: readonly ErrorCode[];
}

export interface Route {
  /** Its name in the log. */
  readonly name: string;
  /** Whether a request needs a token. `serverless.yml` attaches the authorizer to the protected routes. */
  readonly access: 'public' | 'protected';
  readonly failures: FailureGroup;
  readonly operations: Readonly<Partial<Record<Method, Operation>>>;
}

export type PublicRoute = Route & { readonly access: 'public' };
export type ProtectedRoute = Route & { readonly access: 'protected' };
