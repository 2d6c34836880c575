import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { createPostRepository, createSessionRepository } from '../../lib/wiring.ts';
import { admitted, proxyEvent } from '../../tools/harness/events.ts';
import { tokenOf } from '../../tools/harness/service.ts';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import { FAULTS } from '../support/fault-proxy.ts';
import { postOf } from '../support/posts.ts';
import { assertReply, roundsUnder, type Trouble, withTrouble } from '../support/troubled-service.ts';

/** Newest first. */
const PKS = Array.from({ length: 25 }, (_, index) => 25 - index);

const postsSchema = v.array(v.looseObject({ pk: v.number() }));

describe.concurrent.each(FAULTS)('service during the DynamoDB fault "%s"', (fault) => {
  const rounds = Array.from({ length: roundsUnder(fault) });
  const rule = (name: string, test: (trouble: Trouble) => Promise<void>) =>
    it(name, () => withTrouble(fault, test), LONG_TEST_MS);

  rule('stores the session of an acknowledged login exactly once', async (trouble) => {
    const { troubled, healthy, table } = trouble;
    const username = await trouble.createUser('pw');
    trouble.begin();
    const replies = [];
    for (const _ of rounds) {
      replies.push(await assertReply(() => troubled.post('obtain', { username, password: 'pw' })));
    }
    await trouble.end();
    const tokens = replies.filter(({ status }) => status === 200).map(tokenOf);
    for (const token of tokens) expect((await healthy.post('verify', { token })).status).toBe(200);
    const stored = (await createSessionRepository(table).findAccountSessions(username))?.sessions.size ?? 0;
    // A login with status 503 may still have stored its session, but none stores two.
    expect(stored).toBeGreaterThanOrEqual(tokens.length);
    expect(stored).toBeLessThanOrEqual(rounds.length);
  });

  rule('returns the same successor to all refreshes of a token, and logs no client out', async (trouble) => {
    const { troubled, healthy } = trouble;
    const username = await trouble.createUser('pw');
    let token = tokenOf(await healthy.post('obtain', { username, password: 'pw' }));
    trouble.begin();
    for (const _ of rounds) {
      trouble.pass(2);
      const both = await Promise.all(
        [token, token].map((one) => assertReply(() => troubled.post('refresh', { token: one }))),
      );
      const successors = new Set(both.filter(({ status }) => status === 200).map(tokenOf));
      expect(successors.size).toBeLessThanOrEqual(1);
      for (const successor of successors) token = successor;
    }
    await trouble.end();
    expect((await healthy.post('verify', { token })).status).toBe(200);
    expect((await healthy.post('refresh', { token })).status).toBe(200);
  });

  rule('rejects no valid token, and rejects the token after an acknowledged logout', async (trouble) => {
    const { troubled, healthy } = trouble;
    const username = await trouble.createUser('pw');
    const token = tokenOf(await healthy.post('obtain', { username, password: 'pw' }));
    trouble.begin();
    for (const _ of rounds) {
      await assertReply(() => troubled.post('verify', { token }));
      const policy = await troubled.authorize(`JWT ${token}`).catch((error: unknown) => error);
      // If the token cannot be checked, the authorizer throws and API Gateway responds with a 5xx.
      if (!(policy instanceof Error)) expect(policy).toMatchObject({ principalId: '1' });
    }
    const { status } = await assertReply(() => troubled.post('revoke', { token }));
    await trouble.end();
    if (status === 200) expect((await healthy.post('verify', { token })).status).toBe(400);
  });

  rule('returns complete pages of posts, in order', async (trouble) => {
    const { troubled, table } = trouble;
    const authorizer = { ...admitted, exp: Number.MAX_SAFE_INTEGER };
    for (const pk of PKS) {
      const publishedAt = `2019-06-04T15:00:${String(pk).padStart(2, '0')}`;
      await createPostRepository(table).put(postOf({ pk, publishedAt }));
    }
    trouble.begin();
    for (const _ of rounds) {
      for (const [query, pks] of [
        [{}, PKS],
        [{ limit: '10' }, PKS.slice(0, 10)],
      ] as const) {
        const event = proxyEvent('GET', { path: '/api/blog/posts/', query, authorizer });
        const { status, body } = await assertReply(() => troubled.invoke('posts', event));
        if (status === 200) expect(v.parse(postsSchema, body).map(({ pk }) => pk)).toEqual(pks);
      }
    }
    await trouble.end();
  });
});
