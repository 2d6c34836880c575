import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createItemClient } from '../../lib/dynamodb/http-item-client.ts';
import type { ItemTable } from '../../lib/dynamodb/item-client.ts';
import { InternalError, UnavailableError, UsernameTakenError } from '../../lib/errors.ts';
import { type Position, positionOf } from '../../lib/posts/order.ts';
import type { Post } from '../../lib/posts/post.ts';
import { createCounters, createPostRepository, createUserRepository } from '../../lib/wiring.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { storedUser, userOf } from '../../tools/harness/users.ts';
import { retriesAtOnce } from '../support/retry-at-once.ts';

let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.remove());

describe('UserRepository', () => {
  it('finds a user by the exact username, with all stored fields', async () => {
    const users = createUserRepository(table);
    const user = userOf({ id: 11, username: '데쿠', groups: [1, ['staff']], lastLogin: null });
    await users.create(user);
    expect(await storedUser(table, '데쿠')).toEqual(user);
    expect(await storedUser(table, '데쿠 ')).toBeUndefined();
    expect(await users.findProfile('데쿠')).toEqual({
      id: 11,
      username: '데쿠',
      email: user.email,
      isActive: true,
      firstName: user.firstName,
      lastName: user.lastName,
      dateJoined: user.dateJoined,
    });
    expect(await users.findAccount('데쿠')).toEqual({
      id: 11,
      username: '데쿠',
      email: user.email,
      isActive: true,
    });
  });

  it('does not store two users with one username', async () => {
    const users = createUserRepository(table);
    await users.create(userOf({ username: 'taken', password: 'first' }));
    await expect(users.create(userOf({ username: 'taken', password: 'second' }))).rejects.toThrow(
      UsernameTakenError,
    );
    expect((await users.findCredentials('taken'))?.password).toBe('first');
  });

  it('finds no user for a username that no item can have', async () => {
    const nowhere = createUserRepository({ ...table, name: 'no-such-table' });
    for (const username of ['x'.repeat(5000), '\ud800', 'é'.repeat(1100)]) {
      expect(await nowhere.findAccount(username)).toBeUndefined();
    }
  });

  it('disables and enables a user with one write, which does not create one', async () => {
    const users = createUserRepository(table);
    await users.create(userOf({ username: 'switch' }));
    expect(await users.disable('switch', 0)).toBe(true);
    expect((await users.findAccount('switch'))?.isActive).toBe(false);
    expect(await users.enable('switch')).toBe(true);
    expect((await users.findAccount('switch'))?.isActive).toBe(true);
    expect(await users.disable('unknown', 0)).toBe(false);
    expect(await users.findAccount('unknown')).toBeUndefined();
  });

  it('throws an error without values for an item that does not parse', async () => {
    await table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: { pk: 'USER#broken' },
        UpdateExpression: 'SET username = :text, password = :secret',
        ExpressionAttributeValues: { ':text': 'broken', ':secret': ['canary'] },
      }),
    );
    const reading = createUserRepository(table).findCredentials('broken');
    await expect(reading).rejects.toThrow(InternalError);
    await expect(reading).rejects.not.toThrow(/canary/);
  });
});

describe('PostRepository', () => {
  const post = (pk: number, publishedAt: string | null): Post => ({
    pk,
    author: 1,
    title: `post ${pk}`,
    content: '',
    createdAt: '2019-06-04T15:43:29',
    updatedAt: '2019-06-04T15:43:29',
    publishedAt,
  });

  it('lists posts by descending instant in any notation, then by ascending pk, without drafts', async () => {
    const posts = createPostRepository(table);
    const order = [
      post(9, '2099-01-01T00:00:00'),
      post(4, '2020-01-01T00:00:00.000002'),
      post(5, '2020-01-01T09:00:00.000001+09:00'),
      post(2, '2020-01-01T00:00:00Z'),
      post(10, '2020-01-01T00:00:00.000'),
      post(30, '2019-12-31T23:00:00-01:00'),
      post(1, '2019-12-31T23:59:59.999999'),
    ];
    for (const each of order.toReversed()) await posts.put(each);
    await posts.put(post(7, null));
    const page = await posts.page(undefined, undefined);
    expect(page.posts).toEqual(order);
    expect(page.more).toBe(false);

    const seen: number[] = [];
    let after: Position | undefined;
    for (;;) {
      const { posts: some }: { posts: readonly Post[] } = await posts.page(after, 2);
      seen.push(...some.map(({ pk }) => pk));
      const last = some.at(-1);
      after = last && positionOf(last);
      if (after === undefined) break;
    }
    expect(seen).toEqual(order.map(({ pk }) => pk));

    await posts.put(post(9, null));
    expect(await posts.delete(4)).toBe(true);
    expect(await posts.delete(4)).toBe(false);
    const left = (await posts.page(undefined, undefined)).posts.map(({ pk }) => pk);
    expect(left).toEqual([5, 2, 10, 30, 1]);
  });

  it('finds a post by pk, with its microseconds', async () => {
    const posts = createPostRepository(table);
    await posts.put(post(77, '2001-01-01T00:00:00.000001'));
    expect((await posts.find(77))?.publishedAt).toBe('2001-01-01T00:00:00.000001');
    expect(await posts.find(78)).toBeUndefined();
  });
});

describe('Counters', () => {
  it('returns a unique number to each caller', async () => {
    const counters = createCounters(table);
    const taken = await Promise.all(Array.from({ length: 20 }, () => counters.take('posts')));
    expect(new Set(taken).size).toBe(20);
  });

  it('raises a counter but never lowers it', async () => {
    const counters = createCounters(table);
    await counters.raise('users', 500);
    await counters.raise('users', 3);
    expect(await counters.take('users')).toBe(501);
    expect(await counters.take('users', 10)).toBe(502);
    expect(await counters.take('users')).toBe(512);
  });
});

describe('repository calls', () => {
  const unavailable = async (handle: (respond: (status: number, type: string) => void) => void) => {
    const server = createServer((_, response) =>
      handle((status, type) => {
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'x' }));
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = createItemClient({
      region: 'local',
      endpoint: `http://127.0.0.1:${port}`,
      retries: retriesAtOnce(),
    });
    const broken: ItemTable = { client, name: 'any' };
    try {
      await expect(createUserRepository(broken).findAccount('deku')).rejects.toThrow(UnavailableError);
      await expect(createPostRepository(broken).page(undefined, 1)).rejects.toThrow(UnavailableError);
    } finally {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  };

  it.each([
    ['throttles', 400, 'ProvisionedThroughputExceededException'],
    ['throttles the account', 400, 'ThrottlingException'],
    ['fails', 500, 'InternalServerError'],
    ['does not find the table', 400, 'ResourceNotFoundException'],
  ])('throw UnavailableError if DynamoDB %s', (_, status, type) =>
    unavailable((respond) => respond(status, type)),
  );

  it('throw UnavailableError if DynamoDB refuses connections', async () => {
    const client = createItemClient({ region: 'local', endpoint: 'http://127.0.0.1:1' });
    const reading = createUserRepository({ client, name: 'any' }).findAccount('deku');
    await expect(reading).rejects.toThrow(UnavailableError);
  });
});
