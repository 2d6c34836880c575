import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { CachedPosts } from '../../lib/posts/cached-posts.ts';
import { parseDatetime, serializeDatetime } from '../../lib/posts/datetime.ts';
import { decodeCursor, encodeCursor } from '../../lib/posts/order.ts';
import { readPaging } from '../../lib/posts/paging.ts';
import type { Post } from '../../lib/posts/post.ts';
import {
  type PostListing,
  type PostPage,
  type PostPages,
  PublishedPosts,
} from '../../lib/posts/published-posts.ts';

const fieldsOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return error.fields;
    throw error;
  }
  return undefined;
};

describe('datetimes', () => {
  it.each([
    ['2019-06-04T15:43:29', '2019-06-04T15:43:29', '2019-06-04T15:43:29.000000'],
    ['2019-06-04 15:43:29', '2019-06-04T15:43:29', '2019-06-04T15:43:29.000000'],
    ['2019-06-04T15:43:29.8', '2019-06-04T15:43:29.8', '2019-06-04T15:43:29.800000'],
    ['2019-06-04T15:43:29.123456Z', '2019-06-04T15:43:29.123456Z', '2019-06-04T15:43:29.123456'],
    ['2019-06-04T15:43:29+00:00', '2019-06-04T15:43:29Z', '2019-06-04T15:43:29.000000'],
    ['2019-06-04T15:43:29+0900', '2019-06-04T15:43:29+09:00', '2019-06-04T06:43:29.000000'],
    ['2019-12-31T23:30:00-01:00', '2019-12-31T23:30:00-01:00', '2020-01-01T00:30:00.000000'],
  ])('parse %s to a canonical text and an instant', (value, text, instant) => {
    expect(parseDatetime(value)).toEqual({ text, instant });
  });

  it.each([
    '',
    '2019-06-04',
    '2019-02-30T00:00:00',
    '2019-13-01T00:00:00',
    '2019-06-04T24:00:00',
    '2019-06-04T15:43:29+99:00',
    '9999-12-31T23:59:59-01:00',
    'now',
    '2019-06-04T15:43:29Z junk',
  ])('do not include %j', (value) => {
    expect(parseDatetime(value)).toBeUndefined();
  });

  it.each([
    ['2020-01-01T00:00:00.123999', '2020-01-01T00:00:00.123'],
    ['2020-01-01T00:00:00.000400Z', '2020-01-01T00:00:00.000Z'],
    ['2020-01-01T00:00:00.000', '2020-01-01T00:00:00.000'],
    ['2020-01-01T00:00:00.5+09:00', '2020-01-01T00:00:00.500+09:00'],
    ['2020-01-01T00:00:00.000000', '2020-01-01T00:00:00'],
    ['2020-01-01T00:00:00', '2020-01-01T00:00:00'],
  ])('are written with milliseconds: %s as %s', (stored, written) => {
    expect(serializeDatetime(stored)).toBe(written);
  });
});

describe('cursors', () => {
  const position = { instant: '2019-06-04T15:43:29.899000', pk: 42 };

  it('decode to the position that was encoded', () => {
    expect(decodeCursor(encodeCursor(position))).toEqual(position);
  });

  it.each([
    '',
    'x',
    `${encodeCursor(position)}=`,
    ` ${encodeCursor(position)}`,
    encodeCursor({ ...position, instant: '2019-02-30T00:00:00.000000' }),
    encodeCursor({ ...position, pk: 2 ** 53 }),
    encodeCursor({ ...position, pk: -1 }),
    'A'.repeat(100_000),
  ])('are rejected unless they are canonical (%#)', (cursor) => {
    expect(fieldsOf(() => decodeCursor(cursor))).toEqual({ cursor: ['Invalid cursor.'] });
  });
});

describe('readPaging', () => {
  it('returns no limit and no start position by default', () => {
    expect(readPaging({})).toEqual({ limit: undefined, after: undefined });
  });

  it.each([
    ['0', 'Ensure this value is greater than or equal to 1.'],
    ['-1', 'Ensure this value is greater than or equal to 1.'],
    ['1001', 'Ensure this value is less than or equal to 1000.'],
    ['', 'A valid integer is required.'],
    ['1.5', 'A valid integer is required.'],
    ['1e2', 'A valid integer is required.'],
    ['9'.repeat(400), 'A valid integer is required.'],
  ])('rejects a limit of %s', (limit, message) => {
    expect(fieldsOf(() => readPaging({ limit }))).toEqual({ limit: [message] });
  });
});

describe('PublishedPosts', () => {
  const posts = (count: number, content = ''): Post[] =>
    Array.from({ length: count }, (_, index) => ({
      pk: index + 1,
      author: 1,
      title: 't',
      content,
      createdAt: '2019-06-04T15:43:29',
      updatedAt: '2019-06-04T15:43:29',
      publishedAt: '2019-06-04T15:43:29',
    }));
  /** A listing that returns at most `most` posts at once, as a query of large items does. */
  const listing = (all: Post[], most = 50): PostListing => ({
    page: async (after, limit = most) => {
      const start = after === undefined ? 0 : all.findIndex((post) => post.pk === after.pk) + 1;
      const end = start + Math.min(limit, most);
      return { posts: all.slice(start, end), more: end <= all.length };
    },
  });
  const pks = (list: PostPage) =>
    list.posts.map((post) => v.parse(v.object({ pk: v.number() }), JSON.parse(post)).pk);

  it('returns all posts without a limit, in as many reads as necessary', async () => {
    const list = await new PublishedPosts(listing(posts(120))).page({});
    expect(pks(list)).toEqual(posts(120).map(({ pk }) => pk));
    expect(list.next).toBeUndefined();
  });

  it('returns a next page only if there is one', async () => {
    const all = posts(5);
    const first = await new PublishedPosts(listing(all)).page({ limit: '3' });
    expect(pks(first)).toEqual([1, 2, 3]);
    expect(first.next?.limit).toBe('3');
    const second = await new PublishedPosts(listing(all)).page(first.next ?? {});
    expect(pks(second)).toEqual([4, 5]);
    expect(second.next).toBeUndefined();
  });

  it('ends a page before it exceeds the size of a Lambda response, and continues from there', async () => {
    const large = posts(40, '"'.repeat(100_000));
    const first = await new PublishedPosts(listing(large)).page({});
    expect(Buffer.byteLength(JSON.stringify(`[${first.posts.join(', ')}]`))).toBeLessThan(6_000_000);
    expect(first.posts.length).toBeGreaterThan(1);
    const second = await new PublishedPosts(listing(large)).page(first.next ?? {});
    expect(pks(second)[0]).toBe(first.posts.length + 1);
  });

  describe('with a cache of five seconds', () => {
    let now = 1_000_000;
    /** A listing that counts its reads, and fails while it is down. */
    const counting = (all: Post[]) => {
      const state = { reads: 0, isDown: false };
      const page: PostListing['page'] = (...args) => {
        state.reads += 1;
        return state.isDown ? Promise.reject(new Error('down')) : listing(all).page(...args);
      };
      return { state, cached: new CachedPosts(new PublishedPosts({ page }), 5_000, () => now) };
    };

    it('reads a page once until it is too old, also for concurrent requests', async () => {
      const { state, cached } = counting(posts(5));
      const pages = await Promise.all([cached.page({ limit: '3' }), cached.page({ limit: '3' })]);
      expect(pages[1]).toEqual(pages[0]);
      now += 4_999;
      await cached.page({ limit: '3' });
      expect(state.reads).toBe(1);
      now += 1;
      await cached.page({ limit: '3' });
      expect(state.reads).toBe(2);
    });

    it('reads the page of each limit and cursor, and continues at the cursor', async () => {
      const { state, cached } = counting(posts(5));
      const first = await cached.page({ limit: '3' });
      expect(pks(await cached.page(first.next ?? {}))).toEqual([4, 5]);
      expect(pks(await cached.page({ limit: '4' }))).toEqual([1, 2, 3, 4]);
      expect(pks(await cached.page({}))).toEqual([1, 2, 3, 4, 5]);
      expect(state.reads).toBe(4);
    });

    it('does not cache a failure, or an invalid query', async () => {
      const { state, cached } = counting(posts(1));
      state.isDown = true;
      await expect(cached.page({})).rejects.toThrow('down');
      state.isDown = false;
      expect(pks(await cached.page({}))).toEqual([1]);
      await expect(cached.page({ limit: '0' })).rejects.toThrow(InputError);
      await expect(cached.page({ cursor: 'x' })).rejects.toThrow(InputError);
    });

    it('keeps a page that was read while an older read of it failed', async () => {
      const failures: (() => void)[] = [];
      let reads = 0;
      const page: PostPages['page'] = () => {
        reads += 1;
        if (reads > 1) return Promise.resolve({ posts: ['{}'], next: undefined });
        return new Promise((_, reject) => failures.push(() => reject(new Error('down'))));
      };
      const cached = new CachedPosts({ page }, 5_000, () => now);
      const slow = cached.page({});
      now += 5_000;
      await cached.page({});
      for (const fail of failures) fail();
      await expect(slow).rejects.toThrow('down');
      await cached.page({});
      expect(reads).toBe(2);
    });

    it('limits the number of empty pages, which any cursor can request', async () => {
      let reads = 0;
      const page: PostPages['page'] = async () => {
        reads += 1;
        return { posts: [], next: undefined };
      };
      const cached = new CachedPosts({ page }, 5_000, () => now);
      for (let cursor = 0; cursor < 1_100; cursor += 1) await cached.page({ cursor: String(cursor) });
      await cached.page({ cursor: '1099' });
      expect(reads).toBe(1_100);
      await cached.page({ cursor: '0' });
      expect(reads).toBe(1_101);
    });

    it('reads again if the clock was set back', async () => {
      const { state, cached } = counting(posts(1));
      await cached.page({});
      now -= 60_000;
      await cached.page({});
      expect(state.reads).toBe(2);
    });

    it('removes the oldest pages if they are large together', async () => {
      const { state, cached } = counting(posts(60, 'x'.repeat(200_000)));
      const queries = ['10', '11', '12', '13', '14', '15'].map((limit) => ({ limit }));
      for (const query of queries) await cached.page(query);
      const before = state.reads;
      await cached.page({ limit: '15' });
      expect(state.reads).toBe(before);
      await cached.page({ limit: '10' });
      expect(state.reads).toBeGreaterThan(before);
    });
  });

  it('returns no posts if none are published', async () => {
    expect(await new PublishedPosts(listing([])).page({})).toEqual({ posts: [], next: undefined });
  });
});
