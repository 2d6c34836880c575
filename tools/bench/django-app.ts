import { createDjango } from '../harness/django.ts';
import { djangoToken } from '../harness/django-token.ts';

// The service that this one replaces: Django 3.2, djangorestframework-jwt 1.11 and SQLite (tests/django/project), served by
// gunicorn with two workers.

const WORKERS = 2;

/** Stores users with one password, and published posts. The first user is the author. */
const SEED = `
import json, sys
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.utils.dateparse import parse_datetime
from blog.models import Post
given = json.load(sys.stdin)
password = make_password(given['password'])
User.objects.bulk_create([User(password=password, **user) for user in given['users']])
Post.objects.bulk_create([
    Post(author_id=given['users'][0]['id'], **{**post, **{name: parse_datetime(post[name]) for name in given['dates']}})
    for post in given['posts']
])
`;

export interface OriginalData {
  readonly users: readonly { readonly id: number; readonly username: string; readonly email: string }[];
  readonly password: string;
  /** The number of published posts. The original has no paging and returns all of them. */
  readonly posts: number;
}

/** Starts the original with data. Returns its address, the process and a token of each user. */
export async function startOriginal({ users, password, posts: count }: OriginalData) {
  const django = await createDjango('original');
  const dates = ['created_at', 'updated_at', 'published_at'];
  const posts = Array.from({ length: count }, (_, index) => {
    const at = new Date(Date.UTC(2019, 0, 1) + index * 60_000).toISOString().slice(0, 19);
    const times = Object.fromEntries(dates.map((name) => [name, at]));
    return { title: `post ${index + 1}`, content: 'text '.repeat(40), ...times };
  });
  await django.manage(['shell', '-c', SEED], JSON.stringify({ users, password, posts, dates }));
  const server = await django.serve({ workers: WORKERS });
  return {
    ...server,
    tokens: users.map((user) => djangoToken(user, { at: Date.now() - 60_000 })),
    stop: async () => {
      await server.stop();
      await django.remove();
    },
  };
}
