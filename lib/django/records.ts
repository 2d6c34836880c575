import * as v from 'valibot';
import { parseDatetime } from '../posts/datetime.ts';

const MAX_USERNAME = 150;
/** Half of the safe integers remain for the ids that are assigned later. */
const MAX_PK = 2 ** 52;
const isWellFormed = (text: string) => text.isWellFormed();
const codePoints = (text: string) => [...text].length;

const text = v.pipe(v.string('is no text'), v.check(isWellFormed, 'holds half a character'));
/** A natural key is a list of texts. */
const isWellFormedInside = (value: unknown): boolean =>
  typeof value === 'string' ? isWellFormed(value) : !Array.isArray(value) || value.every(isWellFormedInside);
const keys = v.pipe(
  v.array(v.unknown(), 'is no list'),
  v.check((list) => list.every(isWellFormedInside), 'holds half a character'),
);
const flag = v.boolean('is neither true nor false');
const pk = v.pipe(
  v.number('is no number'),
  v.safeInteger('is no whole number'),
  v.minValue(1, 'is less than 1'),
  v.maxValue(MAX_PK, `is more than ${MAX_PK}`),
);
const datetime = v.pipe(
  v.string('is no text'),
  v.transform((value) => parseDatetime(value)?.text),
  v.string('is no date and time'),
);
const username = v.pipe(
  text,
  v.nonEmpty('is empty'),
  v.check((name) => codePoints(name) <= MAX_USERNAME, `is longer than ${MAX_USERNAME} characters`),
);

const userSchema = v.object(
  {
    pk: v.optional(v.nullable(pk)),
    fields: v.object(
      {
        username,
        password: text,
        email: v.optional(text, ''),
        is_active: v.optional(flag, true),
        first_name: v.optional(text, ''),
        last_name: v.optional(text, ''),
        is_staff: v.optional(flag, false),
        is_superuser: v.optional(flag, false),
        date_joined: datetime,
        last_login: v.optional(v.nullable(datetime), null),
        groups: v.optional(keys, []),
        user_permissions: v.optional(keys, []),
      },
      'is missing',
    ),
  },
  'is missing',
);

const postSchema = v.object(
  {
    pk: v.optional(v.nullable(pk)),
    fields: v.object(
      {
        // A natural key, as `dumpdata --natural-foreign` writes it, is a list of one username.
        author: v.union([pk, v.tuple([username])], 'is neither the number nor the name of a user'),
        title: text,
        content: text,
        created_at: datetime,
        updated_at: datetime,
        published_at: v.optional(v.nullable(datetime), null),
      },
      'is missing',
    ),
  },
  'is missing',
);

const modelSchema = v.object({ model: v.pipe(v.string(), v.nonEmpty()) });

export type UserRecord = v.InferOutput<typeof userSchema>;
export type PostRecord = v.InferOutput<typeof postSchema>;

/** A record by its model, or the problems of an invalid one. */
export type ReadRecord =
  | { readonly kind: 'user'; readonly record: UserRecord }
  | { readonly kind: 'post'; readonly record: PostRecord }
  | { readonly kind: 'other'; readonly model: string }
  | {
      readonly kind: 'invalid';
      /** Its model, if that is imported. */
      readonly of: 'user' | 'post' | undefined;
      readonly problems: readonly string[];
    };

/**
 * Validates a record of a dump. The problems contain fields and rules, but no values, because one is a password hash.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/serialization/
 */
export function readRecord(value: unknown): ReadRecord {
  const head = v.safeParse(modelSchema, value);
  if (!head.success) return { kind: 'invalid', of: undefined, problems: ['it has no model'] };
  const { model } = head.output;
  // Django ignores the case of model names.
  switch (model.toLowerCase()) {
    case 'auth.user': {
      const user = v.safeParse(userSchema, value);
      return user.success ? { kind: 'user', record: user.output } : invalid('user', user.issues);
    }
    case 'blog.post': {
      const post = v.safeParse(postSchema, value);
      return post.success ? { kind: 'post', record: post.output } : invalid('post', post.issues);
    }
    default:
      return { kind: 'other', model };
  }
}

const invalid = (of: 'user' | 'post', issues: readonly v.BaseIssue<unknown>[]): ReadRecord => ({
  kind: 'invalid',
  of,
  problems: issues.map((issue) => `${v.getDotPath(issue) ?? 'it'} ${issue.message}`),
});
