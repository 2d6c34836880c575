import * as v from 'valibot';
import { MAX_EMAIL_LENGTH } from '../lib/email-length.ts';

/**
 * The rule of Django's `EmailValidator`, without quoted local parts and address literals.
 *
 * @see https://docs.djangoproject.com/en/stable/ref/validators/#emailvalidator
 */
const ADDRESS =
  /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*@(localhost|([\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{1,62}[\p{L}\p{N}])$/u;

const addressSchema = v.pipe(
  v.string(),
  v.check(
    (address) => [...address].length <= MAX_EMAIL_LENGTH,
    `An e-mail address has at most ${MAX_EMAIL_LENGTH} characters.`,
  ),
  v.regex(ADDRESS, ({ input }) => `${input} is not an e-mail address, such as deku@example.com.`),
);

/** Returns the problem of the e-mail address of a new user, which may be empty. Imported addresses may differ. */
export function emailProblem(address: string): string | undefined {
  if (address === '') return undefined;
  return v.safeParse(addressSchema, address, { abortPipeEarly: true }).issues?.[0].message;
}
