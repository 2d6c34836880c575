import * as v from 'valibot';
import { MAX_EMAIL_LENGTH } from '../email-length.ts';
import { parseDatetime } from '../posts/datetime.ts';
import type { DumpRecord } from './read-dump.ts';

const MAX_USERNAME = 150;
/** Half of the safe integers remain for the ids that are assigned later. */
const MAX_PK = 2 ** 52;
const isWellFormed = (text: string) => text.isWellFormed();
const codePoints = (text: string) => [...text].length;

const text = v.pipe(v.string('is not a string'), v.check(isWellFormed, 'contains an unpaired surrogate'));
/** The key of a group or a permission: an id, or a natural key, which is a list of texts. */
const isKeyPart = (value: unknown): boolean => typeof value === 'string' || Number.isSafeInteger(value);
const isKey = (value: unknown): boolean => [value].flat().every(isKeyPart);
const keys = v.pipe(
  v.array(v.unknown(), 'is not a list'),
  v.check((list) => list.every(isKey), 'contains a key that is neither an id nor a natural key'),
  v.check(
    (list) => list.flat().every((part) => typeof part !== 'string' || isWellFormed(part)),
    'contains an unpaired surrogate',
  ),
);
const flag = v.boolean('is neither true nor false');

const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** Returns why a value is not an id, or undefined for an id. Ids are numbers in the API, in tokens and in the table. */
function problemOfId(value: unknown): string | undefined {
  if (typeof value === 'string' && UUID.test(value)) return 'is a UUID; only integers can be imported as ids';
  if (typeof value !== 'number' && typeof value !== 'bigint') return 'is not a number';
  if (typeof value === 'number' && !Number.isInteger(value)) return 'is not an integer';
  if (value < 1) return 'is less than 1';
  return value > MAX_PK ? `is more than ${MAX_PK}` : undefined;
}

/** A bigint is beyond 2^53, so it has a problem. */
const pk = v.custom<number>(
  (value) => problemOfId(value) === undefined,
  ({ input }) => problemOfId(input) ?? '',
);
const datetime = v.pipe(
  v.string('is not a string'),
  v.transform((value) => parseDatetime(value)?.text),
  v.string('is not a date and time'),
);
const atMost = (length: number) =>
  v.check<string, string>((value) => codePoints(value) <= length, `is longer than ${length} characters`);
const username = v.pipe(text, v.nonEmpty('is empty'), atMost(MAX_USERNAME));

const userFields = {
  username,
  password: text,
  email: v.optional(v.pipe(text, atMost(MAX_EMAIL_LENGTH)), ''),
  is_active: v.optional(flag, true),
  first_name: v.optional(text, ''),
  last_name: v.optional(text, ''),
  is_staff: v.optional(flag, false),
  is_superuser: v.optional(flag, false),
  date_joined: datetime,
  last_login: v.optional(v.nullable(datetime), null),
  groups: v.optional(keys, []),
  user_permissions: v.optional(keys, []),
};
const userSchema = v.object(
  { pk: v.optional(v.nullable(pk)), fields: v.object(userFields, 'is missing') },
  'is missing',
);

/** A natural key, as `dumpdata --natural-foreign` writes it, is a list of one username. */
const naturalKey = v.tuple([username], 'is neither the number nor the name of a user');

const postFields = {
  author: v.lazy((value) => (Array.isArray(value) ? naturalKey : pk)),
  title: text,
  content: text,
  created_at: datetime,
  updated_at: datetime,
  published_at: v.optional(v.nullable(datetime), null),
};
const postSchema = v.object(
  { pk: v.optional(v.nullable(pk)), fields: v.object(postFields, 'is missing') },
  'is missing',
);

const modelSchema = v.object({ model: v.pipe(v.string(), v.nonEmpty()), fields: v.optional(v.unknown()) });

export type UserRecord = v.InferOutput<typeof userSchema>;
export type PostRecord = v.InferOutput<typeof postSchema>;

/** Which records a dump contains, and how to read them. */
export interface RecordRules {
  /** The model of the users, as `app.model`. */
  readonly userModel: string;
  /** The field with the name by which users log in. */
  readonly usernameField: string;
  /** Whether unknown fields are ignored, as with `--ignorenonexistent` in Django. Otherwise their records are invalid. */
  readonly ignoresUnknownFields: boolean;
}

export const DJANGO_RULES: RecordRules = {
  userModel: 'auth.user',
  usernameField: 'username',
  ignoresUnknownFields: false,
};
const POST_MODEL = 'blog.post';

/** A record by its model, or the problems of an invalid one. */
export type ReadRecord = (
  | {
      readonly kind: 'user';
      readonly record: UserRecord;
      /** The names of the fields that are imported, as written in the dump. */
      readonly fields: readonly string[];
    }
  | { readonly kind: 'post'; readonly record: PostRecord }
  | {
      readonly kind: 'other';
      /** Whether it has the fields that every Django user model has. */
      readonly isUserModel: boolean;
    }
  | {
      readonly kind: 'invalid';
      /** Its kind, if its model is imported. */
      readonly of: 'user' | 'post' | undefined;
      readonly problems: readonly string[];
    }
) & {
  /** The model name, as written in the dump. */
  readonly model: string | undefined;
  /** The names of fields that the model does not have in this service. */
  readonly unknownFields: readonly string[];
};

/**
 * Validates a record of a dump. The problems contain fields and rules, but no values, because one is a password hash.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/serialization/
 */
export function readRecord(record: DumpRecord, rules: RecordRules = DJANGO_RULES): ReadRecord {
  if (record.kind === 'unreadable') {
    const { model, problem } = record;
    return { ...invalid(kindOf(model, rules), [problem]), model, unknownFields: [] };
  }
  const head = v.safeParse(modelSchema, record.value);
  if (!head.success)
    return { ...invalid(undefined, ['it has no model']), model: undefined, unknownFields: [] };
  const { model, fields } = head.output;
  const kind = kindOf(model, rules);
  const names = namesOf(fields);
  if (kind === undefined) return { kind: 'other', isUserModel: isUserModel(names), model, unknownFields: [] };
  const known = kind === 'user' ? namesOfUserFields(rules) : Object.keys(postFields);
  const unknownFields = names.filter((name) => !known.includes(name));
  const imported = names.filter((name) => known.includes(name));
  const read = kind === 'user' ? readUser(record.value, rules, imported) : readPost(record.value);
  if (unknownFields.length === 0 || rules.ignoresUnknownFields) return { ...read, model, unknownFields };
  const problems = [...(read.kind === 'invalid' ? read.problems : []), ...unknownFields.map(problemOfField)];
  return { ...invalid(kind, problems), model, unknownFields };
}

const problemOfField = (name: string) => `fields.${name} is not a field of the model`;

/** Django ignores the case of model names. */
function kindOf(model: string | undefined, { userModel }: RecordRules): 'user' | 'post' | undefined {
  const name = model?.toLowerCase();
  if (name === userModel.toLowerCase()) return 'user';
  return name === POST_MODEL ? 'post' : undefined;
}

const namesOf = (fields: unknown): string[] =>
  typeof fields === 'object' && fields !== null && !Array.isArray(fields) ? Object.keys(fields) : [];

/** `AbstractBaseUser` has both fields. */
const isUserModel = (names: readonly string[]): boolean =>
  ['password', 'last_login'].every((name) => names.includes(name));

/** If the e-mail address is the username, it is kept as the e-mail address, too. */
function namesOfUserFields({ usernameField }: RecordRules): string[] {
  const names = Object.keys(userFields).filter((name) => name !== 'username');
  return names.includes(usernameField) ? names : [...names, usernameField];
}

function readUser(value: unknown, { userModel, usernameField }: RecordRules, fields: readonly string[]) {
  const isDjangoUserModel = userModel.toLowerCase() === DJANGO_RULES.userModel;
  const user = v.safeParse(
    userSchema,
    isDjangoUserModel && usernameField === 'username' ? value : asDjangoUser(value, usernameField),
  );
  if (user.success) return { kind: 'user' as const, record: user.output, fields };
  return invalid(
    'user',
    problemsOf(user.issues).map((problem) =>
      problem.replace(/^fields\.username /, `fields.${usernameField} `),
    ),
  );
}

function readPost(value: unknown) {
  const post = v.safeParse(postSchema, value);
  return post.success
    ? { kind: 'post' as const, record: post.output }
    : invalid('post', problemsOf(post.issues));
}

const anyRecord = v.looseObject({ fields: v.record(v.string(), v.unknown()) });
/** The `date_joined` of users of other models, which may have no such field. */
export const UNKNOWN_DATE = '1970-01-01T00:00:00Z';

/** Returns the record of another user model with the fields of `auth.user`. */
function asDjangoUser(value: unknown, usernameField: string): unknown {
  const parsed = v.safeParse(anyRecord, value);
  if (!parsed.success) return value;
  const { fields } = parsed.output;
  const name = { username: fields[usernameField] };
  return { ...parsed.output, fields: { date_joined: UNKNOWN_DATE, ...fields, ...name } };
}

const invalid = (of: 'user' | 'post' | undefined, problems: readonly string[]) => ({
  kind: 'invalid' as const,
  of,
  problems,
});

const problemsOf = (issues: readonly v.BaseIssue<unknown>[]): string[] =>
  issues.map((issue) => `${v.getDotPath(issue) ?? 'it'} ${issue.message}`);
