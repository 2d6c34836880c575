import * as v from 'valibot';
import type { Account } from '../users/account.ts';
import type { Credentials, Profile, User } from '../users/user.ts';
import { parseItem } from './item.ts';

/** What an import remembers of a record, to tell on the next one what changed in the dump. Digests are SHA-256, hex. */
export interface ImportMemory {
  readonly record: string;
  readonly password: string;
  readonly isActive: boolean;
}

export interface StoredUser {
  readonly user: User;
  /** Present on users that came from a dump. */
  readonly imported: ImportMemory | undefined;
}

/** What every reader of a user's item needs of it. */
export const accountAttributes = {
  user_id: v.number(),
  username: v.string(),
  email: v.string(),
  is_active: v.boolean(),
};
const credentials = { ...accountAttributes, password: v.string() };
const profile = {
  ...accountAttributes,
  first_name: v.string(),
  last_name: v.string(),
  date_joined: v.string(),
};
const accountSchema = v.object(accountAttributes);
const credentialsSchema = v.object(credentials);
const profileSchema = v.object(profile);
const userSchema = v.object({
  ...credentials,
  ...profile,
  is_staff: v.boolean(),
  is_superuser: v.boolean(),
  last_login: v.nullable(v.string()),
  groups: v.array(v.unknown()),
  user_permissions: v.array(v.unknown()),
  imported: v.optional(
    v.object({ record: v.string(), password: v.string(), is_active: v.optional(v.boolean()) }),
  ),
});

/** What a check of a token reads of the item: never the hash. */
export const ACCOUNT_ATTRIBUTES: readonly string[] = Object.keys(accountAttributes);
/** What a login reads of the item. */
export const CREDENTIALS_ATTRIBUTES: readonly string[] = Object.keys(credentials);
/** What owners are shown of the item: never the hash. */
export const PROFILE_ATTRIBUTES: readonly string[] = Object.keys(profile);

export const toAccount = (item: v.InferOutput<typeof accountSchema>): Account => ({
  id: item.user_id,
  username: item.username,
  email: item.email,
  isActive: item.is_active,
});

/** @throws {InternalError} */
export const readAccount = (item: unknown): Account => toAccount(parseItem(accountSchema, item));

/** @throws {InternalError} */
export function readCredentials(item: unknown): Credentials {
  const parsed = parseItem(credentialsSchema, item);
  return { ...toAccount(parsed), password: parsed.password };
}

/** @throws {InternalError} */
export function readProfile(item: unknown): Profile {
  const parsed = parseItem(profileSchema, item);
  return {
    ...toAccount(parsed),
    firstName: parsed.first_name,
    lastName: parsed.last_name,
    dateJoined: parsed.date_joined,
  };
}

/** @throws {InternalError} */
export function readUser(item: unknown): StoredUser {
  const parsed = parseItem(userSchema, item);
  return {
    user: {
      ...toAccount(parsed),
      password: parsed.password,
      firstName: parsed.first_name,
      lastName: parsed.last_name,
      isStaff: parsed.is_staff,
      isSuperuser: parsed.is_superuser,
      dateJoined: parsed.date_joined,
      lastLogin: parsed.last_login,
      groups: parsed.groups,
      userPermissions: parsed.user_permissions,
    },
    imported: parsed.imported && {
      record: parsed.imported.record,
      password: parsed.imported.password,
      isActive: parsed.imported.is_active ?? parsed.is_active,
    },
  };
}

/** The attributes of a user, named as Django names its fields; sessions and keys are not among them. */
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
