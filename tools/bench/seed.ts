import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Table } from '../../lib/dynamodb/client.ts';
import { postKey } from '../../lib/dynamodb/keys.ts';
import { LoginRepository } from '../../lib/dynamodb/logins.ts';
import { postAttributes } from '../../lib/dynamodb/post-item.ts';
import { LoginSessions } from '../../lib/sessions/login-session.ts';
import { Tokens } from '../../lib/tokens/tokens.ts';
import { RULES } from '../harness/service.ts';

const BATCH = 25;
const MINUTE_MS = 60_000;

/** Opens sessions of a user as logins of a while ago, and gives their tokens, each of which has a successor of its own. */
export async function openSessions(table: Table, username: string, count: number): Promise<string[]> {
  const users = new LoginRepository(table);
  const rules = { ...RULES, sessionsPerUser: Math.max(count, RULES.sessionsPerUser) };
  const at = Date.now() - MINUTE_MS;
  const logins = new LoginSessions({ tokens: new Tokens(rules), rules, clock: () => at });
  const tokens: string[] = [];
  while (tokens.length < count) {
    const record = await users.findLogin(username);
    if (record === undefined) throw new Error(`there is no user ${username}`);
    const session = logins.begin({ label: 'bench', address: undefined });
    const change = { hash: undefined, places: undefined };
    await users.openForLogin(record, session.openingFor(record), change);
    tokens.push(await session.issue(record.account));
  }
  return tokens;
}

/** Stores so many published posts, a minute apart. */
export async function storePosts({ client, name }: Table, count: number): Promise<void> {
  const first = Date.UTC(2019, 0, 1);
  for (let start = 1; start <= count; start += BATCH) {
    const pks = Array.from({ length: Math.min(BATCH, count - start + 1) }, (_, index) => start + index);
    const requests = pks.map((pk) => {
      const at = new Date(first + pk * MINUTE_MS).toISOString();
      const dates = { createdAt: at, updatedAt: at, publishedAt: at };
      const post = { pk, author: 1, title: `post ${pk}`, content: 'text '.repeat(40), ...dates };
      return { PutRequest: { Item: { ...postKey(pk), ...postAttributes(post) } } };
    });
    await client.send(new BatchWriteCommand({ RequestItems: { [name]: requests } }));
  }
}
