import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { FUNCTIONS, type FunctionName } from '../../lib/settings/details.ts';
import type { SentRequest } from '../../tools/harness/calls.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { type AccessRequest, accessRequestOf } from '../support/access-request.ts';
import { exercise } from '../support/exercise.ts';
import { arnOf, everyAccessRequest, isAllowed, type Policy, policyOf } from '../support/iam.ts';
import { completeTemplate, type Package } from '../support/package-service.ts';

const WITH_SECRET: readonly FunctionName[] = ['authorizer', 'obtain', 'verify', 'refresh', 'revoke'];
const SECRET_NAME = 'latchkey/test/jwt-secret-key';
/** The functions that read or write the table. */
const ON_TABLE: readonly FunctionName[] = FUNCTIONS.filter((name) => !['openapi', 'docs'].includes(name));
/** Keys of all items of the table, and some similar ones. */
const KEYS = [
  'USER#1',
  'FAILURES#1',
  'POST#1',
  'COUNTER#1',
  'IMPORT#1',
  'user#1',
  'USERS#1',
  'XUSER#1',
  'XFAILURES#1',
];

/** The requests of a function with one operation on keys with one prefix. */
interface Need {
  readonly action: string;
  readonly resource: string;
  readonly prefix: string;
  readonly context: AccessRequest['context'];
  /** All attributes that the requests name; undefined if one of them reads whole items. */
  readonly attributes: ReadonlySet<string> | undefined;
}

const listOf = (value: string | string[] | undefined): string[] =>
  value === undefined || typeof value === 'string' ? [] : value;
const attributesOf = ({ context }: AccessRequest) => listOf(context['dynamodb:Attributes']);
const prefixOf = ({ context }: AccessRequest) =>
  listOf(context['dynamodb:LeadingKeys'])[0]?.replace(/(?<=#).*/, '') ?? '';

function needsOf(requests: readonly AccessRequest[]): Need[] {
  const needs = new Map<string, Need>();
  for (const request of requests) {
    const { action, resource, context } = request;
    const prefix = prefixOf(request);
    const id = [action, resource, prefix].join(' ');
    const before = needs.has(id) ? needs.get(id)?.attributes : new Set<string>();
    const isWhole = context['dynamodb:Select'] === 'ALL_ATTRIBUTES' || before === undefined;
    const attributes = isWhole ? undefined : new Set([...before, ...attributesOf(request)]);
    needs.set(id, { action, resource, prefix, context, attributes });
  }
  return [...needs.values()];
}

const covers = (need: Need, request: AccessRequest): boolean =>
  need.action === request.action &&
  need.resource === request.resource &&
  need.prefix === prefixOf(request) &&
  attributesOf(request).every((name) => need.attributes?.has(name) ?? true);

/** All top-level attributes of all items. */
async function attributesIn({ client, name }: TestTable): Promise<Set<string>> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: name }));
  return new Set(Items.flatMap(Object.keys));
}

let packaged: Package;
let table: string;
let sent: ReadonlyMap<FunctionName, readonly SentRequest[]>;
let stored: ReadonlySet<string>;
beforeAll(async () => {
  packaged = await completeTemplate();
  table = arnOf(packaged.template, 'Table');
  const engine = await createTestTable();
  sent = await exercise(engine);
  stored = await attributesIn(engine);
  await engine.remove();
});

const accessRequestsOf = (name: FunctionName): AccessRequest[] => {
  const requests = (sent.get(name) ?? []).map((request) => accessRequestOf(request, table));
  return [...new Map(requests.map((request) => [JSON.stringify(request), request])).values()];
};

async function allowedOf(policy: Policy, requests: readonly AccessRequest[]): Promise<string[]> {
  const allowed: string[] = [];
  for (const request of requests) {
    const { action, resource, context } = request;
    if (await isAllowed(policy, request)) allowed.push(`${action} ${resource} ${JSON.stringify(context)}`);
  }
  return allowed;
}

const idOf = (name: FunctionName): string => `${name[0]?.toUpperCase()}${name.slice(1)}`;

describe.each(ON_TABLE)('the role of %s', (name) => {
  const policy = () => policyOf(packaged.template, `${idOf(name)}Role`);
  const needs = () => needsOf(accessRequestsOf(name));
  const withContext = (change: (need: Need) => AccessRequest['context'][]): AccessRequest[] =>
    needs().flatMap(({ action, resource, ...need }) =>
      change({ action, resource, ...need }).map((context) => ({
        action,
        resource,
        context: { ...need.context, ...context },
      })),
    );

  it('allows every request that the function sends to DynamoDB', async () => {
    const requests = accessRequestsOf(name);
    expect(requests.length).toBeGreaterThan(0);
    for (const request of requests) {
      expect(await isAllowed(policy(), request), JSON.stringify(request)).toBe(true);
    }
  });

  it('denies all other operations of DynamoDB', async () => {
    const attributes = [...new Set(needs().flatMap((need) => [...(need.attributes ?? [])]))].slice(0, 1);
    const used = new Set(needs().map(({ action, resource }) => `${action} ${resource}`));
    for (const prefix of new Set(needs().map((need) => need.prefix))) {
      const context = {
        'dynamodb:LeadingKeys': [prefix],
        'dynamodb:Attributes': attributes,
        'dynamodb:Select': 'SPECIFIC_ATTRIBUTES',
        'dynamodb:ReturnValues': 'NONE',
      };
      const requests = await everyAccessRequest(
        'dynamodb',
        { TableName: 'latchkey-test', IndexName: 'listing' },
        context,
      );
      const others = requests.filter(({ action, resource }) => !used.has(`${action} ${resource}`));
      expect(await allowedOf(policy(), others)).toEqual([]);
    }
  });

  it('denies requests to another table or another index', async () => {
    const elsewhere = accessRequestsOf(name).flatMap((request) => {
      const rest = request.resource.slice(table.length);
      const tables = [`${table}-2`, table.replace('latchkey-test', 'latchkey-prod')];
      const resources = tables.map((other) => `${other}${rest}`);
      if (rest !== '') resources.push(`${table}/index/another`);
      return resources.map((resource) => ({ ...request, resource }));
    });
    expect(await allowedOf(policy(), elsewhere)).toEqual([]);
  });

  // The index has one partition, which contains the published posts. A transaction cannot contain a Query.
  const readsIndex = name === 'posts';

  if (!readsIndex)
    it('denies requests for keys with another prefix', async () => {
      const allowed = needs();
      const isNeeded = (action: string, key: string) =>
        allowed.some((need) => need.action === action && key.startsWith(need.prefix));
      const requests = withContext(({ action }) =>
        KEYS.filter((key) => !isNeeded(action, key)).map((key) => ({ 'dynamodb:LeadingKeys': [key] })),
      );
      expect(requests.length).toBeGreaterThan(0);
      expect(await allowedOf(policy(), requests)).toEqual([]);
    });

  it('allows the attributes that the function names, and no others', async () => {
    const isNamed = (need: Need, attribute: string) => need.attributes?.has(attribute) ?? true;
    const named = FUNCTIONS.flatMap(accessRequestsOf).flatMap(attributesOf);
    const every = [...new Set([...stored, ...named, 'another'])];
    const requests = (isAsked: boolean) =>
      withContext((need) =>
        every
          .filter((attribute) => isNamed(need, attribute) === isAsked)
          .map((attribute) => ({ 'dynamodb:Attributes': ['pk', attribute] })),
      );
    expect(await allowedOf(policy(), requests(true))).toHaveLength(requests(true).length);
    expect(requests(false).length).toBeGreaterThan(0);
    expect(await allowedOf(policy(), requests(false))).toEqual([]);
  });

  it('denies reads of whole items, and writes that return more than the updated attributes', async () => {
    const requests = withContext(({ action, attributes }) => {
      if (action === 'dynamodb:UpdateItem')
        return ['ALL_OLD', 'ALL_NEW', 'UPDATED_OLD'].map((values) => ({ 'dynamodb:ReturnValues': values }));
      if (attributes === undefined) return [];
      const selects = ['ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES', 'COUNT'];
      return selects.map((select) => ({ 'dynamodb:Select': select }));
    });
    expect(requests.length).toBeGreaterThan(0);
    expect(await allowedOf(policy(), requests)).toEqual([]);
  });

  if (!readsIndex)
    it('denies transactions', async () => {
      const enclosing = ['TransactGetItems', 'TransactWriteItems'];
      const requests = withContext(() =>
        enclosing.map((operation) => ({ 'dynamodb:EnclosingOperation': operation })),
      );
      expect(await allowedOf(policy(), requests)).toEqual([]);
    });

  it('denies requests of other functions that exceed its own', async () => {
    const own = needs();
    const foreign = FUNCTIONS.flatMap(accessRequestsOf).filter(
      (request) => !own.some((need) => covers(need, request)),
    );
    expect(foreign.length).toBeGreaterThan(0);
    expect(await allowedOf(policy(), foreign)).toEqual([]);
  });
});

describe.each(FUNCTIONS)('the role of %s', (name) => {
  const id = idOf(name);
  const policy = () => policyOf(packaged.template, `${id}Role`);

  it('belongs to its function', () => {
    const { Role } = packaged.template.Resources[`${id}LambdaFunction`]?.Properties ?? {};
    expect(Role).toEqual({ 'Fn::GetAtt': [`${id}Role`, 'Arn'] });
  });

  it('allows requests to DynamoDB only if the function sends some', async () => {
    const named = { TableName: 'latchkey-test', IndexName: 'listing' };
    const allowed = await allowedOf(policy(), await everyAccessRequest('dynamodb', named));
    if (!ON_TABLE.includes(name)) expect([accessRequestsOf(name), allowed]).toEqual([[], []]);
    else expect(accessRequestsOf(name).length).toBeGreaterThan(0);
  });

  it('allows the functions that sign or verify tokens to read the secret, and no other parameter', async () => {
    const requests = await everyAccessRequest('ssm', { ParameterNameWithoutLeadingSlash: SECRET_NAME });
    const allowed = await allowedOf(policy(), requests);
    const read = `ssm:GetParameter arn:aws:ssm:eu-central-1:123456789012:parameter/${SECRET_NAME} {}`;
    expect(allowed).toEqual(WITH_SECRET.includes(name) ? [read] : []);
    for (const other of [`${SECRET_NAME}-2`, 'latchkey/prod/jwt-secret-key', 'any']) {
      const others = await everyAccessRequest('ssm', { ParameterNameWithoutLeadingSlash: other });
      const reading = others.filter(({ action }) => action.startsWith('ssm:GetParameter'));
      expect(await allowedOf(policy(), reading)).toEqual([]);
    }
  });

  it('allows the function to write its own log only', async () => {
    const group = `/aws/lambda/latchkey-test-${name}`;
    const requests = await everyAccessRequest('logs', { LogGroupName: group, LogStreamName: 'a' });
    const allowed = await allowedOf(policy(), requests);
    const stream = `arn:aws:logs:eu-central-1:123456789012:log-group:${group}:log-stream:a`;
    expect(allowed.toSorted()).toEqual([
      `logs:CreateLogStream ${stream} {}`,
      `logs:PutLogEvents ${stream} {}`,
    ]);
    const groups = FUNCTIONS.filter((other) => other !== name).map(
      (other) => `/aws/lambda/latchkey-test-${other}`,
    );
    for (const other of [...groups, '/aws/api-gateway/latchkey-test']) {
      const others = stream.replace(group, other);
      const writes = ['logs:CreateLogStream', 'logs:PutLogEvents'];
      const writing = writes.map((action) => ({ action, resource: others, context: {} }));
      expect(await allowedOf(policy(), writing)).toEqual([]);
    }
  });

  it('allows the function to send traces', async () => {
    const allowed = await allowedOf(policy(), await everyAccessRequest('xray', {}));
    expect(allowed.toSorted()).toEqual(['xray:PutTelemetryRecords * {}', 'xray:PutTraceSegments * {}']);
  });

  it('allows no other service, and contains no wildcard in an action', () => {
    for (const { Action } of policy().Statement) {
      for (const action of Action) expect(action).toMatch(/^(dynamodb|ssm|logs|xray):[A-Za-z]+$/);
    }
  });
});
