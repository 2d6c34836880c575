import { createHmac } from 'node:crypto';
import { toSeconds } from '../../lib/clock.ts';
import { SECRET } from './service.ts';

/** Returns a token as Django issues it with the same secret: the claims of a user, without a session. */
export function djangoToken(
  user: { id: number; username: string; email: string },
  { at, ...claims }: { at: number } & Record<string, unknown>,
): string {
  const seconds = toSeconds(at);
  const payload = {
    user_id: user.id,
    username: user.username,
    exp: seconds + 7 * 86_400,
    email: user.email,
    orig_iat: seconds,
    ...claims,
  };
  const input = [{ typ: 'JWT', alg: 'HS256' }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`;
}
