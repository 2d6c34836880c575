import { createHash } from 'node:crypto';
import type { NetworkPeriod } from '../throttling/counted-attempt.ts';

/**
 * The keys of the table and their access patterns. No request uses Scan.
 *
 * | access pattern | operation |
 * |---|---|
 * | authorizer, verify: the account and the session of a token | GetItem `USER#<username>`, consistent, without the hash |
 * | account: the caller's profile | GetItem `USER#<username>`, consistent, without the hash |
 * | obtain, change a password: the account with hash, sessions and known networks | GetItem `USER#<username>`, consistent |
 * | obtain: add a session, replace an old hash | UpdateItem `USER#<username>`, if the hash is unchanged and there is room |
 * | obtain, concurrent: evict the sessions beyond the limit | GetItem, UpdateItem `USER#<username>`, if they are unchanged or gone |
 * | refresh: the next generation | UpdateItem `USER#<username>`, if the account is active and the generation unchanged |
 * | refresh of a token issued by Django, or of a token that is not the current one | also GetItem `USER#<username>`, consistent |
 * | revoke, end a session | UpdateItem `USER#<username>`, if the id is unchanged |
 * | list sessions; end all others; change a password | GetItem, and UpdateItem `USER#<username>`, conditional |
 * | create, disable, set a password; delete | PutItem or UpdateItem `USER#<username>`, conditional; DeleteItem |
 * | obtain, change a password: count an attempt | UpdateItem `FAILURES#USERNAME#…` |
 * | … if the limit of the network applies; otherwise only a wrong password | UpdateItem `FAILURES#NETWORK#…`, conditional |
 * | a correct password: remove the attempt and the failures before it | UpdateItem, conditional, of the counted items |
 * | a page of published posts, newest first | Query index `listing`, `published`, descending `listing_order` |
 * | create, change, delete a post | PutItem or UpdateItem `POST#<pk>`, conditional; DeleteItem |
 * | the next numeric id | UpdateItem `COUNTER#<name>`, ADD |
 * | create a user: whether an import has reserved the id in the meantime | GetItem `COUNTER#users`, consistent |
 * | import: reserve ids | UpdateItem `COUNTER#<name>`, conditional |
 * | import: users and posts, 100 at once | BatchGetItem, BatchWriteItem, conditional PutItem |
 * | import: move a post that was created here to another pk | UpdateItem and PutItem `POST#<pk>`, conditional |
 * | import: the pk that was assigned to a record without one | BatchGetItem `IMPORT#<digest>` |
 * | import, create a record, dump: the format of datetimes | GetItem, PutItem `FORMAT#DATETIME` |
 * | import, dump: the user model of Django | GetItem, PutItem `FORMAT#USER_MODEL` |
 * | list or dump all users or posts (command line only) | Scan |
 */
export const USER_PREFIX = 'USER#';
export const POST_PREFIX = 'POST#';

export const LISTING_INDEX = 'listing';
/** The only partition of the sparse listing index. */
export const PUBLISHED = 'published';

/** A partition key holds at most 2048 bytes (Amazon DynamoDB developer guide, "Constraints"). */
const MAX_KEY_BYTES = 2048;

export interface Key {
  readonly pk: string;
}

/** Returns the key of a user's item, or undefined if the username is too long or not well-formed Unicode. */
export function userKey(username: string): Key | undefined {
  const pk = `${USER_PREFIX}${username}`;
  return username.isWellFormed() && Buffer.byteLength(pk) <= MAX_KEY_BYTES ? { pk } : undefined;
}

/** Returns the key of a user's item. @throws {RangeError} if no item can have the username */
export function getUserKey(username: string): Key {
  const key = userKey(username);
  if (key === undefined) throw new RangeError('a username must be well-formed Unicode of at most 2043 bytes');
  return key;
}

export const postKey = (pk: number): Key => ({ pk: `${POST_PREFIX}${pk}` });

export const IMPORT_PREFIX = 'IMPORT#';
/** Returns the key of the item that stores which pk an import assigned to a record without one. */
export const importKey = (digest: string): Key => ({ pk: `${IMPORT_PREFIX}${digest}` });

export const DATETIME_FORMAT_KEY: Key = { pk: 'FORMAT#DATETIME' };
export const USER_MODEL_KEY: Key = { pk: 'FORMAT#USER_MODEL' };

export type CounterName = 'users' | 'posts';
export const counterKey = (name: CounterName): Key => ({ pk: `COUNTER#${name}` });

/**
 * Returns the key of a network's failed logins in one period. The period is identified by its end, in seconds since
 * 1970.
 */
export const networkFailuresKey = ({ network, endSeconds }: NetworkPeriod): Key => ({
  pk: `FAILURES#NETWORK#${network}#${endSeconds}`,
});

/**
 * Returns the key of a username's failed logins. It contains a digest, because users sometimes enter their password as
 * the username.
 */
export const usernameFailuresKey = (username: string): Key => ({
  pk: `FAILURES#USERNAME#${createHash('sha256').update(username).digest('base64url')}`,
});
