import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostRepository } from '../../lib/dynamodb/posts.ts';
import { UserRepository } from '../../lib/dynamodb/users.ts';
import { Passwords } from '../../lib/passwords/passwords.ts';
import { callsDuring } from '../support/calls.ts';
import { djangoToken } from '../support/django-token.ts';
import { type EventOptions, proxyEvent } from '../support/events.ts';
import { type PackagedService, packageService } from '../support/package-service.ts';
import { createService, type Reply, tokenOf } from '../support/service.ts';
import { createTestTable, type TestTable } from '../support/table.ts';
import { userOf } from '../support/users.ts';

const PASSWORD = 'Plus-Ultra-2019';
const SECOND = 1000;

const FUNCTIONS = [
  'authorizer',
  'obtain',
  'verify',
  'refresh',
  'revoke',
  'posts',
  'sessions',
  'session',
  'account',
  'password',
] as const;
type FunctionName = (typeof FUNCTIONS)[number];

const TABLE = { 'Fn::GetAtt': ['Table', 'Arn'] };
const INDEX = { 'Fn::Join': ['/', [TABLE, 'index', 'listing']] };
const PARAMETER = {
  'Fn::Sub':
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's notation
    'arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/latchkey/test/jwt-secret-key',
};

const statementSchema = v.strictObject({
  Effect: v.literal('Allow'),
  Action: v.pipe(
    v.union([v.string(), v.array(v.string())]),
    v.transform((actions) => (typeof actions === 'string' ? [actions] : actions)),
  ),
  Resource: v.unknown(),
});
const roleSchema = v.strictObject({
  AssumeRolePolicyDocument: v.unknown(),
  Policies: v.tuple([
    v.object({ PolicyDocument: v.object({ Version: v.string(), Statement: v.array(statementSchema) }) }),
  ]),
});

let packaged: PackagedService;
const used = new Map<FunctionName, Set<string>>();

beforeAll(async () => {
  packaged = await packageService('test');
  const table = await createTestTable();
  await exercise(table);
  await table.remove();
});
afterAll(() => packaged.remove());

const listed = ({ body }: Reply): string[] =>
  v.parse(v.array(v.object({ id: v.string() })), body).map(({ id }) => id);

/** Calls every function on every path that reaches DynamoDB, and keeps which operations each one ran. */
async function exercise(table: TestTable): Promise<void> {
  let now = Date.UTC(2026, 0, 1);
  const user = userOf({ password: await new Passwords().hash(PASSWORD) });
  const users = new UserRepository(table);
  await users.create(user);
  const old = userOf({ id: 2, username: 'old', password: `md5$salt$${'0'.repeat(32)}` });
  await users.create(old);
  await new PostRepository(table).put({
    pk: 1,
    author: 1,
    title: 'One',
    content: '',
    createdAt: '2026-01-01T00:00:00',
    updatedAt: '2026-01-01T00:00:00',
    publishedAt: '2026-01-01T00:00:00',
  });
  const service = createService(table, { clock: () => now, settings: { sessionsPerUser: 2 } });
  const seen = async <Result>(name: FunctionName, work: () => Promise<Result>): Promise<Result> => {
    const results: Result[] = [];
    const calls = await callsDuring(table, async () => {
      now += 2 * SECOND;
      results.push(await work());
    });
    const operations = used.get(name) ?? new Set();
    for (const call of calls) operations.add(call);
    used.set(name, operations);
    const [result] = results;
    if (result === undefined) throw new Error('no result');
    return result;
  };
  const logIn = (password = PASSWORD) =>
    seen('obtain', () => service.post('obtain', { username: 'deku', password })).then(tokenOf);
  const refresh = (token: string) => seen('refresh', () => service.post('refresh', { token })).then(tokenOf);
  const own = async (
    name: 'posts' | 'sessions' | 'session' | 'account' | 'password',
    method: string,
    options: EventOptions = {},
  ) => {
    const { context } = await seen('authorizer', () => service.authorize(`JWT ${token}`));
    const authorizer = Object.fromEntries(
      Object.entries(context ?? {}).map(([key, value]) => [key, String(value)]),
    );
    return seen(name, () => service.invoke(name, proxyEvent(method, { ...options, authorizer })));
  };

  await logIn('wrong');
  await seen('obtain', () => service.post('obtain', { username: 'old', password: 'wrong' }));
  for (const _ of Array(3).keys()) await logIn();
  let token = await logIn();
  const first = token;
  await seen('verify', () => service.post('verify', { token }));
  token = await refresh(token);
  await refresh(first);
  const djangos = djangoToken(user, { at: now });
  await refresh(djangos);
  token = await logIn();
  await own('posts', 'GET');
  await own('account', 'GET');
  await own('sessions', 'GET');
  const [session] = listed(await own('sessions', 'GET'));
  await own('session', 'DELETE', { pathParameters: { sid: 'no-such-session-of-mine-x' } });
  await own('sessions', 'DELETE');
  const body = JSON.stringify({ current_password: PASSWORD, new_password: 'Another-One-2026' });
  await own('password', 'POST', { body, headers: { 'Content-Type': 'application/json' } });
  await own('session', 'DELETE', { pathParameters: { sid: session ?? '' } });
  token = tokenOf(
    await seen('obtain', () => service.post('obtain', { username: 'deku', password: 'Another-One-2026' })),
  );
  await own('sessions', 'DELETE', { query: { current: 'true' } });
  await seen('revoke', () => service.post('revoke', { token }));
  // A superseded token ends its session.
  const again = tokenOf(
    await seen('obtain', () => service.post('obtain', { username: 'deku', password: 'Another-One-2026' })),
  );
  await refresh(await refresh(again));
  await refresh(again);
}

describe.each(FUNCTIONS)('the role of %s', (name) => {
  const statements = () => {
    const id = `${name[0]?.toUpperCase()}${name.slice(1)}`;
    const { Resources } = packaged.template;
    expect(Resources[`${id}LambdaFunction`]?.Properties.Role).toEqual({ 'Fn::GetAtt': [`${id}Role`, 'Arn'] });
    const role = v.parse(roleSchema, Resources[`${id}Role`]?.Properties);
    return role.Policies[0].PolicyDocument.Statement;
  };
  const allowed = (service: string) =>
    statements().filter(({ Action }) => Action.some((action) => action.startsWith(`${service}:`)));

  it('allows what the function was seen to ask of DynamoDB, and nothing else', () => {
    const [statement, ...others] = allowed('dynamodb');
    expect(others).toEqual([]);
    const seen = [...(used.get(name) ?? [])].map((operation) => `dynamodb:${operation}`);
    expect(statement?.Action.toSorted()).toEqual(seen.toSorted());
    expect(statement?.Resource).toEqual(name === 'posts' ? INDEX : TABLE);
  });

  it('reads the secret where tokens are signed or checked, and no other parameter', () => {
    const needs = ['authorizer', 'obtain', 'verify', 'refresh', 'revoke'].includes(name);
    const expected = { Effect: 'Allow', Action: ['ssm:GetParameter'], Resource: PARAMETER };
    expect(allowed('ssm')).toEqual(needs ? [expected] : []);
  });

  it('writes its own log and its traces', () => {
    const group = `${name[0]?.toUpperCase()}${name.slice(1)}LogGroup`;
    expect(allowed('logs')).toEqual([
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: { 'Fn::GetAtt': [group, 'Arn'] },
      },
    ]);
    expect(allowed('xray').flatMap(({ Action }) => Action)).toEqual([
      'xray:PutTraceSegments',
      'xray:PutTelemetryRecords',
    ]);
  });

  it('allows nothing of any other service', () => {
    const services = statements().flatMap(({ Action }) => Action.map((action) => action.split(':')[0] ?? ''));
    for (const service of services) expect(['dynamodb', 'ssm', 'logs', 'xray']).toContain(service);
  });
});
