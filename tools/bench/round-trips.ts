import { createHash } from 'node:crypto';
import { UserRepository } from '../../lib/dynamodb/users.ts';
import { callsDuring } from '../harness/calls.ts';
import { djangoToken } from '../harness/django-token.ts';
import { admitted, proxyEvent } from '../harness/events.ts';
import { createService, tokenOf } from '../harness/service.ts';
import { createTestTable } from '../harness/table.ts';
import { userOf } from '../harness/users.ts';
import type { Measurement } from './results.ts';

/** DynamoDB calls of each endpoint, counted on the real client behind its retries. */
export async function bench(): Promise<Measurement[]> {
  const table = await createTestTable();
  try {
    const password = 'Plus-Ultra-2019';
    const digest = createHash('md5').update(`salt${password}`).digest('hex');
    const user = userOf({ username: 'deku', password: `md5$salt$${digest}` });
    await new UserRepository(table).create(user);
    let now = Date.now();
    const service = createService(table, { clock: () => now });
    const authorizer = { ...admitted, exp: Number.MAX_SAFE_INTEGER };
    const posts = proxyEvent('GET', { path: '/api/blog/posts/', authorizer });
    const counted = async (
      what: string,
      limit: number,
      work: () => Promise<unknown>,
    ): Promise<Measurement> => {
      const calls = await callsDuring(table, work);
      return {
        what: `DynamoDB calls of ${what}`,
        unit: 'calls',
        value: calls.length,
        limit,
        detail: calls.join(', '),
      };
    };
    const login = () => service.post('obtain', { username: 'deku', password });
    const oldHash = await counted('obtain, replacing an old hash', 8, login);
    const token = tokenOf(await login());
    const legacy = djangoToken(user, { at: now });
    now += 2000;
    const refresh = (one: string) => service.post('refresh', { token: one });
    return [
      oldHash,
      await counted('obtain, six of them to count attempts', 8, login),
      await counted('verify', 1, () => service.post('verify', { token })),
      await counted('refresh', 1, () => refresh(token)),
      await counted('refresh of the same token again', 2, () => refresh(token)),
      await counted("refresh of a token of Django's", 2, () => refresh(legacy)),
      await counted('the authorizer', 1, () => service.authorize(`JWT ${token}`)),
      await counted('a page of posts', 1, () => service.invoke('posts', posts)),
    ];
  } finally {
    await table.remove();
  }
}
