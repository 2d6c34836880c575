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
import { asked, roundsUnder, type Trouble, withTrouble } from '../support/troubled-service.ts';

const LIMIT = 4;
/** Calls of a password change before the one that writes: one reads, two count, two remove what was counted. */
const WRITES_AFTER = 5;

const contextSchema = v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]));
const countersSchema = v.array(v.looseObject({ pk: v.string(), recent: v.set(v.string()) }));

/** How many wrong passwords of a user were counted. */
async function countedFailures({ client, name }: Table, username: string): Promise<number> {
  const { Items } = await client.send(new ScanCommand({ TableName: name }));
  const digest = createHash('sha256').update(username).digest('base64url');
  const isOwn = (pk: unknown) => String(pk).startsWith(`FAILURES#USERNAME#${digest}`);
  const [counter] = v.parse(countersSchema, Items?.filter(({ pk }) => isOwn(pk)) ?? []);
  return counter?.recent.size ?? 0;
}

describe.concurrent.each(FAULTS)('while requests to DynamoDB are: %s', (fault) => {
  const rounds = Array.from({ length: roundsUnder(fault) }, (_, round) => round);
  const rule = (name: string, test: (trouble: Trouble) => Promise<void>) =>
    it(name, () => withTrouble(fault, test), LONG_TEST_MS);

  rule(
    'a password whose change was answered opens, and the former does not; else one of the two does',
    async (trouble) => {
      const { troubled, sound } = trouble;
      let current = 'ganz etwas anderes';
      const username = await trouble.createUser(current);
      const logIn = (password: string) => sound.post('obtain', { username, password });
      for (const round of rounds) {
        trouble.pass(2);
        const replacement = `ganz etwas anderes ${round}`;
        const { context } = await sound.authorize(`JWT ${tokenOf(await logIn(current))}`);
        const change = proxyEvent('POST', {
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ current_password: current, new_password: replacement }),
          authorizer: v.parse(contextSchema, context),
        });
        // From the first call on, or a later one, or at last the one that writes.
        trouble.begin(Math.floor((WRITES_AFTER * round) / (rounds.length - 1)));
        const { status } = await asked(() => troubled.invoke('password', change), [204]);
        await trouble.end();
        const opens = [(await logIn(current)).status, (await logIn(replacement)).status];
        if (status === 204) expect(opens).toEqual([400, 200]);
        else expect([...opens].sort()).toEqual([200, 400]);
        if (opens[1] === 200) current = replacement;
      }
    },
  );

  rule('no more wrong passwords are tried than the limit lets through', async (trouble) => {
    const username = await trouble.createUser('pw');
    const limited = trouble.troubledWith({ ...UNTHROTTLED, pair: { failures: LIMIT, seconds: 900 } });
    trouble.begin();
    const statuses: number[] = [];
    for (const _ of [...rounds, ...rounds]) {
      const guess = () => limited.post('obtain', { username, password: 'wrong' });
      statuses.push((await asked(guess, [400, 429])).status);
    }
    await trouble.end();
    expect(statuses.filter((status) => status === 400).length).toBeLessThanOrEqual(LIMIT);
  });

  rule('every wrong password that was tried is counted, and none twice', async (trouble) => {
    const username = await trouble.createUser('pw');
    trouble.begin();
    let tried = 0;
    for (const _ of rounds) {
      const guess = () => trouble.troubled.post('obtain', { username, password: 'wrong' });
      if ((await asked(guess, [400])).status === 400) tried += 1;
    }
    await trouble.end();
    const counted = await countedFailures(trouble.table, username);
    expect(counted).toBeGreaterThanOrEqual(tried);
    expect(counted).toBeLessThanOrEqual(rounds.length);
  });
});
