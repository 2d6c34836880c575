import { describe, expect, it } from 'vitest';
import type { ItemTable } from '../../lib/dynamodb/item-client.ts';
import { fromSession } from '../../lib/dynamodb/session-item.ts';
import { SessionRepository } from '../../lib/dynamodb/sessions.ts';
import type { IssuedToken } from '../../lib/sessions/session.ts';
import type { Advance, SessionChange } from '../../lib/sessions/session-change.ts';
import type { Subject } from '../../lib/tokens/claims.ts';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import {
  exploreCopy,
  exploreImport,
  exploreSession,
  ITEM_KEY,
  messageOf,
  TOKENS,
  useInterleavedSession,
} from '../support/interleaved-session.ts';
import { applyChange } from '../support/machine-transitions.ts';

useInterleavedSession();

describe.each(TOKENS)('every order of calls for %s', { timeout: LONG_TEST_MS }, (_, tokenOf) => {
  it('keeps the client logged in without a fork after three refreshes with lost responses', async () => {
    const { histories } = await exploreSession(tokenOf(), ['first', 'second', 'third'], 2);
    expect(histories).toBeGreaterThan(5);
  });

  // interleavings.long.test.ts combines all of them.
  it.each(['logout', 'passwordChange', 'disabling'] as const)(
    'keeps the rules with three refreshes, a concurrent %s and a lost response',
    async (revocation) => {
      const { histories } = await exploreSession(tokenOf(), ['first', 'second', 'third', revocation], 1);
      expect(histories).toBeGreaterThan(10);
    },
  );

  it('does not become valid again after an import with another hash, nor do its successors', async () => {
    const { histories } = await exploreImport(tokenOf());
    expect(histories).toBeGreaterThan(10);
  });

  it('logs no client out if a second copy refreshes the token', async () => {
    await exploreCopy(tokenOf(), 'auto', (history, codes) => expect(codes, messageOf(history)).toEqual([]));
  });

  it('ends the session when an older token is refreshed, with reuse detection', async () => {
    const outcomes = new Set<string>();
    await exploreCopy(tokenOf(), 'always', (history, codes) => {
      for (const code of codes)
        expect(['refresh_reuse', 'token_revoked'], messageOf(history)).toContain(code);
      if (codes.length > 0) expect(codes, messageOf(history)).toContain('refresh_reuse');
      outcomes.add(codes.join());
    });
    expect([...outcomes]).toEqual(expect.arrayContaining(['', 'refresh_reuse']));
  });

  it.each([
    ['a revocation', ['first', 'logout'] as const, /succeeded after a revocation|a token after/],
    ['another refresh', ['first', 'second'] as const, /one token of each generation/],
  ])(
    'detects that a repository with read-then-write breaks the rules through %s',
    async (_what, names, rule) => {
      await expect(
        exploreSession(tokenOf(), names, 0, (table) => new CheckThenAdvance(table)),
      ).rejects.toThrow(rule);
    },
  );
});

/** A faulty repository: it reads, checks the condition itself, and then writes without a condition. */
class CheckThenAdvance extends SessionRepository {
  readonly #table: ItemTable;

  constructor(given: ItemTable) {
    super(given);
    this.#table = given;
  }

  override async advance(owner: Subject, change: Advance): Promise<IssuedToken | undefined> {
    const session = await this.#checkThenPut(owner, change);
    return session?.current;
  }

  override async write(owner: Subject, change: Exclude<SessionChange, Advance>): Promise<boolean> {
    if (change.type !== 'insert') return super.write(owner, change);
    return (await this.#checkThenPut(owner, change)) !== undefined;
  }

  async #checkThenPut({ username }: Subject, change: SessionChange & { sid: string }) {
    const before = await this.findAccountSessions(username);
    const session = before && applyChange(before, change)?.sessions.get(change.sid);
    if (session === undefined) return undefined;
    await this.#table.client.update({
      TableName: this.#table.name,
      Key: { pk: ITEM_KEY },
      UpdateExpression: 'SET sessions.#sid = :session',
      ExpressionAttributeNames: { '#sid': change.sid },
      ExpressionAttributeValues: { ':session': JSON.parse(JSON.stringify(fromSession(session))) },
    });
    return session;
  }
}
