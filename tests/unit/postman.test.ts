import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { FILE, renderPostman } from '../../tools/openapi/index.ts';
import { parseDocument } from '../../tools/openapi/parsed-document.ts';
import { COLLECTION, ENVIRONMENT, FIRST_STEPS, TAGS } from '../support/postman.ts';

const description = JSON.parse(readFileSync(FILE, 'utf8'));
const { endpoints } = parseDocument(description);
const requests = TAGS.flatMap(({ item }) => item);
const nameOf = ({ request: { method, url } }: (typeof requests)[number]) =>
  `${method} /${url.path.join('/').replaceAll(/:(\w+)/g, '{$1}')}`;

describe('docs/postman', () => {
  it.each(Object.entries(renderPostman(description)))('is what npm run openapi writes: %s', (file, text) => {
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('has one request for each operation of the description', () => {
    const expected = endpoints.map(({ method, path }) => `${method} ${path}`);
    expect(requests.map(nameOf).toSorted()).toEqual(expected.toSorted());
  });

  it('sends the token variable if and only if the operation requires a token', () => {
    expect(COLLECTION.auth.apikey).toContainEqual({ key: 'value', value: 'JWT {{token}}', type: 'string' });
    for (const item of requests) {
      const endpoint = endpoints.find(({ method, path }) => `${method} ${path}` === nameOf(item));
      expect(item.request.auth, item.name).toEqual(endpoint?.isProtected ? undefined : { type: 'noauth' });
    }
  });

  it('defines each variable that it uses', () => {
    const defined = [...COLLECTION.variable, ...ENVIRONMENT.values].map(({ key }) => key);
    const used = [...JSON.stringify(COLLECTION).matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name);
    expect(new Set(used)).toEqual(new Set(defined));
  });

  it('has no password and no token in the environment', () => {
    const filled = ENVIRONMENT.values.filter(({ value }) => value !== '').map(({ key }) => key);
    expect(filled).toEqual(['baseUrl', 'username']);
  });

  it('has tests for each of the first steps', () => {
    expect(FIRST_STEPS?.item.length).toBe(5);
    for (const { name, event } of FIRST_STEPS?.item ?? [])
      expect(JSON.stringify(event), name).toContain('pm.test(');
  });

  it('has scripts that parse', () => {
    const events = [...(FIRST_STEPS?.item ?? []), ...requests].flatMap(({ event }) => event);
    for (const { script } of events) expect(() => new Script(script.exec.join('\n'))).not.toThrow();
  });
});
