import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { AUTHORIZATION_ERRORS, REFRESH_ERRORS, TOKEN_ERRORS } from '../../lib/errors.ts';
import { errorRow, refusalDetail } from '../../lib/http/responses.ts';
import { SENTENCE_NOTES } from '../../tools/openapi/details.ts';
import { FILE, renderDescription } from '../../tools/openapi/index.ts';
import { ROUTES } from '../../tools/openapi/routes.ts';
import { Description, type Exchange } from '../support/described-responses.ts';

const text = readFileSync(FILE, 'utf8');
const operationSchema = v.looseObject({
  security: v.optional(v.array(v.record(v.string(), v.unknown()))),
  requestBody: v.optional(v.object({ required: v.boolean(), content: v.record(v.string(), v.unknown()) })),
  responses: v.record(v.string(), v.looseObject({ description: v.optional(v.string(), '') })),
});
const document = v.parse(
  v.looseObject({
    openapi: v.literal('3.1.1'),
    servers: v.tuple([v.looseObject({ url: v.string() })]),
    paths: v.record(v.string(), v.record(v.string(), operationSchema)),
    components: v.looseObject({ schemas: v.record(v.string(), v.unknown()) }),
  }),
  JSON.parse(text),
);
const serviceSchema = v.object({
  functions: v.record(
    v.string(),
    v.looseObject({
      events: v.optional(
        v.array(v.object({ http: v.looseObject({ path: v.string(), authorizer: v.optional(v.string()) }) })),
        [],
      ),
    }),
  ),
});
const service = v.parse(
  serviceSchema,
  load(readFileSync(new URL('../../serverless.yml', import.meta.url), 'utf8')),
);
/** The events of the API. `docs` serves a page. */
const events = Object.entries(service.functions)
  .filter(([name]) => name !== 'docs')
  .flatMap(([name, { events: own }]) =>
    own.map(({ http }) => ({ name, path: `/${http.path}`, isProtected: http.authorizer !== undefined })),
  );
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('docs/openapi.json', () => {
  it('is what npm run openapi writes', async () => {
    expect(text).toBe(await renderDescription());
  });

  it('has the paths of serverless.yml, and the methods of their functions', () => {
    const expected = Object.entries(ROUTES).flatMap(([name, { operations: methods }]) =>
      [...new Set(events.filter((event) => event.name === name).map(({ path }) => path))].flatMap((path) =>
        Object.keys(methods).map((method) => `${method} ${path}`),
      ),
    );
    expect(new Set(expected.map((one) => one.split(' ')[1]))).toEqual(
      new Set(events.map(({ path }) => path)),
    );
    const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    expect(described.toSorted()).toEqual(expected.toSorted());
  });

  it('requires a token if and only if the route has the authorizer', () => {
    for (const { path, operation } of operations) {
      const isProtected = events.some((event) => event.path === path && event.isProtected);
      const { security } = operation;
      if (isProtected) expect(security, path).toBeUndefined();
      else
        expect(security?.length === 0 || security?.some((one) => Object.keys(one).length === 0), path).toBe(
          true,
        );
      expect('401' in operation.responses, path).toBe(isProtected);
    }
  });

  it('has the three media types for each body', () => {
    const bodies = operations.flatMap(({ operation }) => operation.requestBody ?? []);
    expect(bodies.length).toBeGreaterThan(0);
    for (const { content } of bodies) {
      expect(Object.keys(content)).toEqual([
        'application/json',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
      ]);
    }
  });

  it.each([...TOKEN_ERRORS, ...REFRESH_ERRORS])('has the sentence of %s at refresh', (code) => {
    const { description } = document.paths['/api/token/refresh']?.post?.responses[400] ?? {};
    expect(description).toContain(`\n- ${errorRow(code, 'token').sentence}`);
  });

  it.each([...TOKEN_ERRORS, ...AUTHORIZATION_ERRORS])('has the sentence of %s at the posts', (code) => {
    const { description } = document.paths['/api/blog/posts']?.get?.responses[401] ?? {};
    expect(description).toContain(`\n- ${refusalDetail(code)}`);
  });

  it.each(Object.entries(SENTENCE_NOTES))('explains the sentence: %s', (sentence, note) => {
    expect(JSON.stringify(document.paths)).toContain(`- ${sentence} ${note}`);
  });

  it.each([
    'https://api.example.com',
    'https://abc.execute-api.eu-west-1.amazonaws.com/dev',
    'http://localhost:8000',
  ])('names the server that serves it: %s', (base) => {
    const { href } = new URL(document.servers[0].url, `${base}/api/openapi.json`);
    // Clients leave out the slash at the end, as they do with the default, `/`.
    expect(href.replace(/\/$/, '')).toBe(base);
  });
});

describe('Description', () => {
  const description = new Description(JSON.parse(text));
  const verified = { token: 'a.b.c' };
  const exchange = (
    given: Partial<Exchange> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Exchange => {
    const all = new Map(
      Object.entries({ 'content-type': 'application/json', 'x-amzn-requestid': 'r', ...headers }),
    );
    return {
      method: 'POST',
      path: '/api/token/verify/',
      status: 200,
      header: (name) => all.get(name),
      body: JSON.stringify(verified),
      ...given,
    };
  };

  it.each<[string, Exchange]>([
    ['a described response', exchange()],
    ['one of a stage', exchange({ path: '/dev/api/token/verify' })],
    ['a path without a route', exchange({ path: '/api/nothing/', status: 404 })],
    ['405 to another method', exchange({ method: 'PUT', status: 405, body: '{"detail":"x"}' })],
    ['HEAD without a body', exchange({ method: 'HEAD', path: '/api/account/', body: '' })],
    ['204 to a preflight', exchange({ method: 'OPTIONS', status: 204, body: '' })],
  ])('accepts %s', (_, given) => {
    expect(description.problemOf(given)).toBeUndefined();
  });

  it.each<[string, Exchange, string]>([
    ['an undescribed status', exchange({ status: 418 }), 'the status is not described'],
    ['an undescribed status of another method', exchange({ method: 'PUT' }), 'the status is not described'],
    ['another content type', exchange({}, { 'content-type': 'text/html' }), 'the content type is text/html'],
    [
      'a further member',
      exchange({ body: '{"token":"a.b.c","id":1}' }),
      'must NOT have additional properties',
    ],
    ['a missing member', exchange({ body: '{}' }), "must have required property 'token'"],
    ['a body without a schema', exchange({ method: 'HEAD', path: '/api/account/' }), 'there is a body'],
    [
      'a missing header',
      exchange({ path: '/api/account/', method: 'GET', status: 401, body: '{"detail":"x"}' }),
      'there is no header WWW-Authenticate',
    ],
  ])('rejects %s', (_, given, problem) => {
    expect(description.problemOf(given)).toContain(problem);
  });
});
