import { describe, expect, it } from 'vitest';
import type { Post } from '../../lib/posts/post.ts';
import { serializePost, stringifyPost } from '../../lib/posts/serialize.ts';

const POST: Post = {
  pk: 7,
  author: 1,
  title: 'Plus Ultra',
  content: '',
  createdAt: '2019-01-01T00:00:00.000000Z',
  updatedAt: '2019-01-01T00:00:00.123456Z',
  publishedAt: '2019-01-01T00:00:00.5Z',
};

describe('stringifyPost', () => {
  it('writes the members in the order of Django, with a space after each comma and colon', () => {
    expect(stringifyPost(POST)).toBe(
      '{"model": "blog.post", "pk": 7, "fields": {"author": 1, "title": "Plus Ultra", "content": "", ' +
        '"created_at": "2019-01-01T00:00:00Z", "updated_at": "2019-01-01T00:00:00.123Z", ' +
        '"published_at": "2019-01-01T00:00:00.500Z"}}',
    );
    expect(stringifyPost({ ...POST, publishedAt: null })).toContain('"published_at": null}}');
  });

  it('escapes characters as Python does', () => {
    const content = '"\\\b\f\n\r\t\0\u001f\u007f/\u2028é🔑';
    const json = stringifyPost({ ...POST, content });
    // Computed by json.dumps of Python with ensure_ascii=False.
    expect(json).toContain('"content": "\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\u007f/\u2028é🔑", ');
    expect(JSON.parse(json)).toEqual(serializePost({ ...POST, content }));
  });
});
