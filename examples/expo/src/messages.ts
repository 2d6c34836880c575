import { isLatchkeyError, type LogoutReason } from '@latchkey/client';
import { formatMinuteAfter } from './dates';
import { ResponseError } from './response-error';

const NOT_AVAILABLE = 'The service is not available at the moment. Please try again later.';

/** Why the login screen is shown. After a logout by the user, there is nothing to explain. */
export const LOGOUT_MESSAGES: Readonly<Record<LogoutReason, string | undefined>> = {
  logged_out: undefined,
  expired: 'Your login has expired. Please log in again.',
  revoked: 'You were logged out on another device, or your password was changed. Please log in again.',
  user_not_found: 'This account no longer exists.',
  user_disabled: 'This account is disabled. Please contact your administrator.',
  token_refused: 'Your login is no longer valid. Please log in again.',
};

/** Returns the sentence for the user about an error. */
export function messageOf(error: unknown): string {
  if (error instanceof ResponseError) {
    if (error.status >= 500) return NOT_AVAILABLE;
    if (error.status === 429) return 'Too many requests. Please try again later.';
  }
  if (!isLatchkeyError(error)) return 'Something went wrong. Please try again.';
  switch (error.code) {
    case 'credentials_refused':
    case 'invalid_input':
    case 'throttled':
      // The service writes these sentences for the user.
      return error.message;
    case 'unavailable':
      return error.status === undefined
        ? 'The service cannot be reached. Check your connection.'
        : NOT_AVAILABLE;
    case 'not_the_service':
      return 'This network does not lead to the service. If it has a login page, open that first.';
    case 'login_required':
      return 'Please log in again.';
    case 'storage_failed':
      return 'The storage of this device cannot be read. Unlock the device and try again.';
    case 'request_refused':
      return 'The service refused the request. Please report this problem.';
  }
}

/** Returns the sentences about a field of a form; undefined if there are none. */
export const fieldMessageOf = (error: unknown, field: string): string | undefined =>
  isLatchkeyError(error) ? error.fields?.[field]?.join(' ') : undefined;

/**
 * Returns the sentence above a form; undefined if there is no error, or if all sentences are beside the fields.
 *
 * @param fields the names of the fields, as the service knows them
 * @param waitUntil when the service accepts another attempt
 */
export function formMessageOf(
  error: unknown,
  fields: readonly string[],
  waitUntil: Date | undefined,
): string | undefined {
  if (waitUntil) return `Too many attempts. Please try again at ${formatMinuteAfter(waitUntil)}.`;
  const isBesideFields = fields.some((field) => fieldMessageOf(error, field) !== undefined);
  return error === undefined || isBesideFields ? undefined : messageOf(error);
}
