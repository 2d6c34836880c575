import * as v from 'valibot';
import type { AccountSessions, IssuedToken, Session } from '../sessions/session.ts';
import { signedClaimsOf, signedClaimsSchema } from '../tokens/signed-claims.ts';
import { parseItem } from './items.ts';
import { accountAttributes, toAccount } from './user-item.ts';

type Attributes = Readonly<Record<string, unknown>>;

const issuedTokenSchema = v.object({
  exp: v.number(),
  nonce: v.string(),
  ...signedClaimsSchema.entries,
});

/** The prefix of the attributes of the previous token; those of the current one have none. */
export const PREVIOUS = 'previous_';

const optionalText = v.optional(v.string());

/** A session in the `sessions` map of its user's item. It is flat, so that an update can copy one attribute to another. */
const sessionSchema = v.looseObject({
  generation: v.number(),
  instance: optionalText,
  created_at: v.number(),
  refreshed_at: v.number(),
  refreshable_until: v.number(),
  idempotency_key: optionalText,
  opted_in: v.optional(v.boolean()),
  device: optionalText,
  address: optionalText,
});

/** The attributes of a user's item that concern sessions. */
export const accountSessionsSchema = v.object({
  ...accountAttributes,
  ...signedClaimsSchema.entries,
  sessions: v.optional(v.record(v.string(), sessionSchema), {}),
  ended_tokens: v.optional(v.set(v.string()), new Set<string>()),
  ended_up_to: v.optional(v.number()),
  folded_up_to: v.optional(v.number()),
});
type StoredAccountSessions = v.InferOutput<typeof accountSessionsSchema>;

/** The attributes of the account and of the claims in its tokens. */
export const TOKEN_ATTRIBUTES: readonly string[] = Object.keys({
  ...accountAttributes,
  ...signedClaimsSchema.entries,
});

/** @throws {InternalError} */
export const toAccountSessions = (item: StoredAccountSessions): AccountSessions => ({
  account: toAccount(item),
  claims: signedClaimsOf(item),
  sessions: new Map(Object.entries(item.sessions).map(([sid, session]) => [sid, toSession(session)])),
  revoked: { sids: item.ended_tokens, before: laterOf(item.ended_up_to, item.folded_up_to) },
});

const laterOf = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);

const toSession = (stored: v.InferOutput<typeof sessionSchema>): Session => ({
  generation: stored.generation,
  instance: stored.instance,
  createdAt: stored.created_at,
  refreshedAt: stored.refreshed_at,
  refreshableUntil: stored.refreshable_until,
  current: toIssuedToken(stored),
  previous: stored.previous_exp === undefined ? undefined : toIssuedToken(stored, PREVIOUS),
  idempotencyKey: stored.idempotency_key,
  isOptedIn: stored.opted_in ?? false,
  label: stored.device,
  address: stored.address,
});

/** Returns the attributes of a session. Omits those without a value. */
export const fromSession = (session: Session): Attributes => ({
  generation: session.generation,
  instance: session.instance,
  created_at: session.createdAt,
  refreshed_at: session.refreshedAt,
  refreshable_until: session.refreshableUntil,
  ...fromIssuedToken(session.current),
  ...(session.previous && fromIssuedToken(session.previous, PREVIOUS)),
  idempotency_key: session.idempotencyKey,
  opted_in: session.isOptedIn || undefined,
  device: session.label,
  address: session.address,
});

/** Reads a token from the attributes of its session. A claim without a value is null. @throws {InternalError} */
export function toIssuedToken(attributes: Attributes, prefix = ''): IssuedToken {
  const named = Object.keys(issuedTokenSchema.entries).map((name) => [name, attributes[prefix + name]]);
  const set = named.filter(([, value]) => value !== undefined && value !== null);
  const { exp: expiresAt, nonce, ...claims } = parseItem(issuedTokenSchema, Object.fromEntries(set));
  return { expiresAt, nonce, claims };
}

function fromIssuedToken({ expiresAt, nonce, claims }: IssuedToken, prefix = ''): Attributes {
  const attributes = Object.entries({ ...claims, exp: expiresAt, nonce });
  return Object.fromEntries(attributes.map(([name, value]) => [prefix + name, value]));
}
