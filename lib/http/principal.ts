import * as v from 'valibot';
import { InternalError, TokenError } from '../errors.ts';
import type { Principal } from '../sessions/token-validity.ts';
import type { AuthorizerContext } from './policy.ts';
import type { HttpRequest } from './request.ts';

/** The context of an authorized principal. Its names stay: a deployment updates authorizer and handlers one by one. */
export const contextOf = ({
  userId,
  username,
  sid,
  isLegacy,
  loginAt,
  validUntil,
}: Principal): AuthorizerContext => ({
  user_id: userId,
  username,
  sid,
  djangos: isLegacy,
  ...(loginAt !== undefined && { login_at: loginAt }),
  exp: validUntil,
});

/** API Gateway hands numbers and truth on as text; an emulation may keep them. */
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
  djangos: flag,
  login_at: v.optional(integer),
  exp: integer,
});

/**
 * Reads who the authorizer let in, and checks once more that the token has not run out since: its answer may be kept.
 *
 * @throws {InternalError} where no authorizer ran, which is a fault of ours and never the client's
 * @throws {TokenError} `token_expired`
 */
export function principalOf({ authorizer, now }: Pick<HttpRequest, 'authorizer' | 'now'>): Principal {
  const context = v.safeParse(contextSchema, authorizer);
  if (!context.success) throw new InternalError('a protected route was called without an authorizer context');
  const { user_id: userId, djangos: isLegacy, login_at: loginAt, exp: validUntil, ...rest } = context.output;
  if (validUntil < now) throw new TokenError('token_expired');
  return { userId, isLegacy, loginAt, validUntil, ...rest };
}
