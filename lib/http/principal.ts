import * as v from 'valibot';
import { toSeconds } from '../clock.ts';
import { InternalError, TokenError } from '../errors.ts';
import type { Principal } from '../sessions/token-validity.ts';
import type { AuthorizerContext } from './authorizer.ts';
import type { HttpRequest } from './request.ts';

/**
 * Returns the authorizer context of a principal. Its members must keep their names, because a deployment updates the
 * authorizer and the handlers one by one.
 */
export const contextOf = (caller: Principal): AuthorizerContext => ({
  user_id: caller.userId,
  username: caller.username,
  sid: caller.sid,
  ...(caller.instance !== undefined && { instance: caller.instance }),
  ...(caller.generation !== undefined && { gen: caller.generation }),
  legacy: caller.isLegacy,
  ...(caller.loginAt !== undefined && { login_at: caller.loginAt }),
  exp: caller.validUntil,
});

/** API Gateway passes numbers and booleans as text. An emulator may keep their types. */
const integer = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^-?\d{1,16}$/), v.transform(Number))]),
  v.safeInteger(),
);

const flag = v.union([
  v.boolean(),
  v.pipe(
    v.picklist(['true', 'false']),
    v.transform((text) => text === 'true'),
  ),
]);

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html */
const contextSchema = v.object({
  user_id: integer,
  username: v.pipe(v.string(), v.nonEmpty()),
  sid: v.pipe(v.string(), v.nonEmpty()),
  instance: v.optional(v.string()),
  gen: v.optional(integer),
  legacy: flag,
  login_at: v.optional(integer),
  exp: integer,
});

/**
 * Reads the authorized principal. Checks expiry again, because API Gateway may cache the response of the authorizer.
 *
 * @throws {InternalError} if the authorizer context is missing, which is a fault in this service
 * @throws {TokenError} `token_expired`
 */
export function principalOf({
  authorizer,
  receivedAtMs,
}: Pick<HttpRequest, 'authorizer' | 'receivedAtMs'>): Principal {
  const context = v.safeParse(contextSchema, authorizer);
  if (!context.success) throw new InternalError('a protected route was called without an authorizer context');
  const {
    user_id: userId,
    gen: generation,
    legacy: isLegacy,
    login_at: loginAt,
    exp,
    ...names
  } = context.output;
  if (exp < toSeconds(receivedAtMs)) throw new TokenError('token_expired');
  return { userId, generation, isLegacy, loginAt, validUntil: exp, ...names };
}
