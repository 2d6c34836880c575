import { createHash } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { Table } from '../../lib/dynamodb/client.ts';
import { proxyEvent } from '../../tools/harness/events.ts';
import { tokenOf } from '../../tools/harness/service.ts';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import { FAULTS } from '../support/fault-proxy.ts';
import { UNTHROTTLED } from '../support/plain-passwords.ts';
import { assertReply, roundsUnder, type Trouble, withTrouble } from '../support/troubled-service.ts';

const LIMIT = 4;
/** Calls of a password change before its write: one reads, two count the attempt, two remove it. */
const WRITES_AFTER = 5;

const contextSchema = v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]));
const countersSchema = v.array(v.looseObject({ pk: v.string(), recent: v.set(v.string()) }));

/** Returns how many wrong passwords of a user are counted. */
async function countedFailures({ client, name }: Table, username: string): Promise<number> {
  const { Items } = await client.send(new ScanCommand({ TableName: name }));
  const digest = createHash('sha256').update(username).digest('base64url');
  const isOwn = (pk: unknown) => String(pk).startsWith(`FAILURES#USERNAME#${digest}`);
  const [counter] = v.parse(countersSchema, Items?.filter(({ pk }) => isOwn(pk)) ?? []);
  return counter?.recent.size ?? 0;
}

describe.concurrent.each(FAULTS)('service during the DynamoDB fault "%s"', (fault) => {
  const rounds = Array.from({ length: roundsUnder(fault) }, (_, round) => round);
  const rule = (name: string, test: (trouble: Trouble) => Promise<void>) =>
    it(name, () => withTrouble(fault, test), LONG_TEST_MS);

  rule(
    'accepts only the new password after an acknowledged change, and exactly one of both after any other',
    async (trouble) => {
      const { troubled, healthy } = trouble;
      let current = 'ganz etwas anderes';
      const username = await trouble.createUser(current);
      const logIn = (password: string) => healthy.post('obtain', { username, password });
      for (const round of rounds) {
        trouble.pass(2);
        const replacement = `ganz etwas anderes ${round}`;
        const { context } = await healthy.authorize(`JWT ${tokenOf(await logIn(current))}`);
        const change = proxyEvent('POST', {
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ current_password: current, new_password: replacement }),
          authorizer: v.parse(contextSchema, context),
        });
        // The fault starts at the first call, at a later one, or finally at the write.
        trouble.begin(Math.floor((WRITES_AFTER * round) / (rounds.length - 1)));
        const { status } = await assertReply(() => troubled.invoke('password', change), [204]);
        await trouble.end();
        const opens = [(await logIn(current)).status, (await logIn(replacement)).status];
        if (status === 204) expect(opens).toEqual([400, 200]);
        else expect([...opens].sort()).toEqual([200, 400]);
        if (opens[1] === 200) current = replacement;
      }
    },
  );

  rule('checks no more wrong passwords than the limit allows', async (trouble) => {
    const username = await trouble.createUser('pw');
    const limited = trouble.troubledWith({ ...UNTHROTTLED, pair: { failures: LIMIT, seconds: 900 } });
    trouble.begin();
    const statuses: number[] = [];
    for (const _ of [...rounds, ...rounds]) {
      const guess = () => limited.post('obtain', { username, password: 'wrong' });
      statuses.push((await assertReply(guess, [400, 429])).status);
    }
    await trouble.end();
    expect(statuses.filter((status) => status === 400).length).toBeLessThanOrEqual(LIMIT);
  });

  rule('counts every wrong password that was checked, and none twice', async (trouble) => {
    const username = await trouble.createUser('pw');
    trouble.begin();
    let tried = 0;
    for (const _ of rounds) {
      const guess = () => trouble.troubled.post('obtain', { username, password: 'wrong' });
      if ((await assertReply(guess, [400])).status === 400) tried += 1;
    }
    await trouble.end();
    const counted = await countedFailures(trouble.table, username);
    expect(counted).toBeGreaterThanOrEqual(tried);
    expect(counted).toBeLessThanOrEqual(rounds.length);
  });
});
