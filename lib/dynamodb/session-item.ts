import * as v from 'valibot';
import type { EndedTokens, Leaf, Session, SessionHolder } from '../sessions/session.ts';
import { accountAttributes, toAccount } from './user-item.ts';

const optionalText = v.optional(v.string());

/** A session in the map of its user's item; flat, so that one attribute can be set from another. */
const sessionSchema = v.object({
  generation: v.number(),
  created_at: v.number(),
  refreshed_at: v.number(),
  refreshable_until: v.number(),
  exp: v.number(),
  email: v.string(),
  nonce: v.string(),
  previous_exp: v.optional(v.number()),
  previous_email: optionalText,
  previous_nonce: optionalText,
  idempotency_key: optionalText,
  device: optionalText,
  address: optionalText,
});

/** A user's item, as far as sessions are concerned. */
export const holderSchema = v.object({
  ...accountAttributes,
  sessions: v.optional(v.record(v.string(), sessionSchema), {}),
  ended_tokens: v.optional(v.set(v.string()), new Set<string>()),
  ended_up_to: v.optional(v.number()),
});
/** What is read of the item where all sessions are looked at. */
export const HOLDER_ATTRIBUTES: readonly string[] = Object.keys(holderSchema.entries);

type StoredSession = v.InferOutput<typeof sessionSchema>;

/** What ended of Django's tokens. */
export const toEndedTokens = (
  item: Pick<v.InferOutput<typeof holderSchema>, 'ended_tokens' | 'ended_up_to'>,
): EndedTokens => ({ sids: item.ended_tokens, upTo: item.ended_up_to });

export const toSession = (stored: StoredSession): Session => ({
  generation: stored.generation,
  createdAt: stored.created_at,
  refreshedAt: stored.refreshed_at,
  refreshableUntil: stored.refreshable_until,
  leaf: { expiresAt: stored.exp, email: stored.email, nonce: stored.nonce },
  previous: toPrevious(stored),
  idempotencyKey: stored.idempotency_key,
  label: stored.device,
  address: stored.address,
});

function toPrevious(stored: StoredSession): Leaf | undefined {
  const { previous_exp: expiresAt, previous_email: email, previous_nonce: nonce } = stored;
  if (expiresAt === undefined || email === undefined || nonce === undefined) return undefined;
  return { expiresAt, email, nonce };
}

export const toHolder = (item: v.InferOutput<typeof holderSchema>): SessionHolder => ({
  account: toAccount(item),
  sessions: new Map(Object.entries(item.sessions).map(([sid, session]) => [sid, toSession(session)])),
  ended: toEndedTokens(item),
});

/** The attributes of a session; those without a value are left out. */
export const fromSession = (session: Session): StoredSession => ({
  generation: session.generation,
  created_at: session.createdAt,
  refreshed_at: session.refreshedAt,
  refreshable_until: session.refreshableUntil,
  exp: session.leaf.expiresAt,
  email: session.leaf.email,
  nonce: session.leaf.nonce,
  previous_exp: session.previous?.expiresAt,
  previous_email: session.previous?.email,
  previous_nonce: session.previous?.nonce,
  idempotency_key: session.idempotencyKey,
  device: session.label,
  address: session.address,
});
