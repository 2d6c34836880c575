import * as v from 'valibot';
import type { Account } from '../users/account.ts';
import type { Credentials, Profile, User } from '../users/user.ts';
import { parseItem } from './items.ts';
import { getUserKey } from './keys.ts';

/** The data that an import stores about a record, to detect changes in the next dump. Digests are SHA-256 in hex. */
export interface ImportMemory {
  readonly record: string;
  readonly password: string;
  readonly isActive: boolean;
}

export interface StoredUser {
  readonly user: User;
  /** Set if the user came from a dump. */
  readonly imported: ImportMemory | undefined;
}

/** The attributes of an {@link Account}. Of the schemas below, only those of credentials and of a user include the hash. */
export const accountAttributes = {
  user_id: v.number(),
  username: v.string(),
  email: v.string(),
  is_active: v.boolean(),
};
export const accountSchema = v.object(accountAttributes);
export const credentialsSchema = v.object({ ...accountAttributes, password: v.string() });
export const profileSchema = v.object({
  ...accountAttributes,
  first_name: v.string(),
  last_name: v.string(),
  date_joined: v.string(),
});
const userSchema = v.object({
  ...credentialsSchema.entries,
  ...profileSchema.entries,
  is_staff: v.boolean(),
  is_superuser: v.boolean(),
  last_login: v.nullable(v.string()),
  groups: v.array(v.unknown()),
  user_permissions: v.array(v.unknown()),
  imported: v.optional(v.object({ record: v.string(), password: v.string(), is_active: v.boolean() })),
});

export const toAccount = (item: v.InferOutput<typeof accountSchema>): Account => ({
  id: item.user_id,
  username: item.username,
  email: item.email,
  isActive: item.is_active,
});

export const toCredentials = (item: v.InferOutput<typeof credentialsSchema>): Credentials => ({
  ...toAccount(item),
  password: item.password,
});

export const toProfile = (item: v.InferOutput<typeof profileSchema>): Profile => ({
  ...toAccount(item),
  firstName: item.first_name,
  lastName: item.last_name,
  dateJoined: item.date_joined,
});

/** @throws {InternalError} */
export function readUser(item: unknown): StoredUser {
  const { imported, ...parsed } = parseItem(userSchema, item);
  return {
    user: {
      ...toProfile(parsed),
      password: parsed.password,
      isStaff: parsed.is_staff,
      isSuperuser: parsed.is_superuser,
      lastLogin: parsed.last_login,
      groups: parsed.groups,
      userPermissions: parsed.user_permissions,
    },
    imported: imported && {
      record: imported.record,
      password: imported.password,
      isActive: imported.is_active,
    },
  };
}

/** Returns the attributes of a user without key and sessions. Their names are those of the fields of `auth.user` in Django. */
export const userAttributes = ({ user, imported }: StoredUser) => ({
  user_id: user.id,
  username: user.username,
  email: user.email,
  password: user.password,
  is_active: user.isActive,
  first_name: user.firstName,
  last_name: user.lastName,
  is_staff: user.isStaff,
  is_superuser: user.isSuperuser,
  date_joined: user.dateJoined,
  last_login: user.lastLogin,
  groups: user.groups,
  user_permissions: user.userPermissions,
  imported: imported && {
    record: imported.record,
    password: imported.password,
    is_active: imported.isActive,
  },
});

/** Returns the item of a new user, without sessions. @throws {RangeError} if no item can have the username */
export const newUserItem = (stored: StoredUser) => ({
  ...getUserKey(stored.user.username),
  ...userAttributes(stored),
  sessions: {},
});
