import { beforeEach, describe, expect, it } from 'vitest';
import { type AuthorizerDefinition, Authorizers, type TokenEvent } from '../../local/gateway/authorizer.ts';
import { isAllowed, parseAuthorizerResult } from '../../local/gateway/policy.ts';

const STAGE = 'arn:aws:execute-api:eu-central-1:000000000000:local/test';
const METHOD = `${STAGE}/GET/api/blog/posts/`;

const resultOf = (...Statement: unknown[]) => ({
  principalId: '1',
  policyDocument: { Version: '2012-10-17', Statement },
});
const statement = (Effect: string, Resource: unknown, Action: unknown = 'execute-api:Invoke') => ({
  Effect,
  Action,
  Resource,
});

describe('isAllowed', () => {
  const decide = (...statements: unknown[]) => {
    const result = parseAuthorizerResult(resultOf(...statements));
    return result === undefined ? 'malformed' : isAllowed(result, METHOD);
  };

  it.each([
    ['the method itself', METHOD],
    ['every method of the stage', `${STAGE}/*`],
    ['every path of a method', `${STAGE}/GET/*`],
    ['one character for another', METHOD.replace('posts', 'post?')],
    ['a wildcard within', `${STAGE}/*/api/*/posts/`],
    ['every API', 'arn:aws:execute-api:*:*:*'],
    ['everything', '*'],
    ['one of several', ['arn:aws:execute-api:*:*:other/*', `${STAGE}/*`]],
  ])('allows the method with %s', (_, resource) => {
    expect(decide(statement('Allow', resource))).toBe(true);
  });

  it.each([
    ['another method', `${STAGE}/POST/*`],
    ['another path', `${STAGE}/GET/api/blog`],
    ['another stage', `${STAGE}ing/*`],
    ['another region', METHOD.replace('eu-central-1', 'us-east-1')],
    ['a wildcard that would have to reach over a colon', 'arn:aws:*'],
    ['a dot that matches no other character', METHOD.replace('/api/', '/.pi/')],
  ])('denies the method with %s', (_, resource) => {
    expect(decide(statement('Allow', resource))).toBe(false);
  });

  it('denies if there is an explicit Deny, in any order', () => {
    const allow = statement('Allow', '*');
    const deny = statement('Deny', METHOD);
    expect([decide(allow, deny), decide(deny, allow)]).toEqual([false, false]);
  });

  it('accepts the action execute-api:Invoke in any case or with a wildcard', () => {
    for (const action of ['execute-api:Invoke', 'execute-api:*', '*', ['execute-api:invoke']])
      expect(decide(statement('Allow', '*', action))).toBe(true);
    expect(decide(statement('Allow', '*', 'execute-api:ManageConnections'))).toBe(false);
  });

  it.each([
    ['an unknown effect', statement('allow', '*')],
    ['a condition, which is not emulated', { ...statement('Allow', '*'), Condition: {} }],
    ['no resource', { Effect: 'Allow', Action: 'execute-api:Invoke' }],
  ])('rejects a policy with %s as malformed', (_, malformed) => {
    expect(decide(malformed)).toBe('malformed');
  });
});

describe('Authorizers', () => {
  const definition: AuthorizerDefinition = {
    functionName: 'authorizer',
    header: 'authorization',
    validation: /^.*$/,
    ttlSeconds: 60,
  };
  let now: number;
  let asked: TokenEvent[];
  let authorizers: Authorizers;
  let output: () => unknown;

  beforeEach(() => {
    now = 1_000_000;
    asked = [];
    authorizers = new Authorizers({ now: () => now });
    output = () => resultOf(statement('Allow', `${STAGE}/*`));
  });

  const ask = (token: string, methodArn = METHOD, given = definition) =>
    authorizers.authorize(given, { token, methodArn }, async (event) => {
      asked.push(event);
      return output();
    });

  it('caches a result until its TTL, and not longer', async () => {
    await ask('a');
    now += 59_999;
    await ask('a');
    expect(asked).toHaveLength(1);
    now += 1;
    await ask('a');
    expect(asked).toHaveLength(2);
  });

  it('caches a result that denies', async () => {
    output = () => resultOf(statement('Deny', `${STAGE}/*`));
    expect([await ask('a'), await ask('a')]).toMatchObject([
      { type: 'ACCESS_DENIED' },
      { type: 'ACCESS_DENIED' },
    ]);
    expect(asked).toHaveLength(1);
  });

  it('evaluates a cached result for each method', async () => {
    output = () => resultOf(statement('Allow', METHOD));
    expect(await ask('a')).toMatchObject({ allowed: true });
    expect(await ask('a', `${STAGE}/POST/other`)).toMatchObject({ allowed: false });
    expect(asked).toHaveLength(1);
  });

  it('caches results by token and by authorizer', async () => {
    await ask('a');
    await ask('b');
    await ask('a', METHOD, { ...definition, functionName: 'another' });
    expect(asked).toHaveLength(3);
  });

  it('does not cache results if the TTL is 0', async () => {
    await ask('a', METHOD, { ...definition, ttlSeconds: 0 });
    await ask('a', METHOD, { ...definition, ttlSeconds: 0 });
    expect(asked).toHaveLength(2);
  });

  it('does not cache a failure, a rejected token or malformed output', async () => {
    for (const [fails, type] of [
      [
        () => {
          throw new Error('down');
        },
        'AUTHORIZER_FAILURE',
      ],
      [
        () => {
          throw new Error('Unauthorized');
        },
        'UNAUTHORIZED',
      ],
      [() => ({}), 'AUTHORIZER_CONFIGURATION_ERROR'],
    ] as const) {
      asked = [];
      output = fails;
      expect([await ask('a'), await ask('a')]).toMatchObject([{ type }, { type }]);
      expect(asked).toHaveLength(2);
    }
  });
});
