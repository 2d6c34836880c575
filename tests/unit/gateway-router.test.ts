import { describe, expect, it } from 'vitest';
import { resourcePathOf } from '../../local/gateway/request-target.ts';
import { Router } from '../../local/gateway/router.ts';
import { readService } from '../../local/gateway/service.ts';

const EVENTS = [
  'ANY posts',
  'GET posts/newest',
  'ANY posts/{id}',
  'PUT posts/{id}',
  'ANY posts/{id}/tags/{tag}',
  'ANY files/{path+}',
  'GET files/{name}/info',
];
const routeOf = (event: string) => {
  const [method, path] = event.split(' ');
  return { method, path };
};
const { routes } = readService({
  provider: { stage: 'test', region: 'eu-west-1', apiGateway: { binaryMediaTypes: ['*/*'] } },
  functions: { one: { handler: 'one.handler', events: EVENTS.map((event) => ({ http: routeOf(event) })) } },
  resources: { Resources: {} },
});
const router = new Router(routes);

/** Returns the declared method and path of the route of a request, and the parameters. */
function find(method: string, target: string) {
  const path = resourcePathOf(method, target);
  const match = path === undefined ? undefined : router.find(method, path);
  return match && [`${match.route.method} ${match.route.path}`, match.pathParameters];
}

describe('the router of the local gateway', () => {
  it.each([
    ['GET', '/posts', 'ANY /posts', {}],
    ['GET', '/posts/?a=/b', 'ANY /posts', {}],
    ['GET', '/posts/newest', 'GET /posts/newest', {}],
    ['GET', '/posts/7/', 'ANY /posts/{id}', { id: '7' }],
    ['PUT', '/posts/7', 'PUT /posts/{id}', { id: '7' }],
    ['GET', '/posts/a%20b/tags/c%3Fd', 'ANY /posts/{id}/tags/{tag}', { id: 'a b', tag: 'c?d' }],
    ['GET', '/%70osts', 'ANY /posts', {}],
    ['GET', '/files/a/b/c', 'ANY /files/{path+}', { path: 'a/b/c' }],
    ['GET', '/files/a/info', 'GET /files/{name}/info', { name: 'a' }],
  ])('passes %s %s to %s', (method, target, route, parameters) => {
    expect(find(method, target)).toEqual([route, parameters]);
  });

  it.each([
    ['GET', '/'],
    ['GET', '/posts//'],
    ['GET', '//posts'],
    ['GET', '/posts/7/tags'],
    ['GET', '/posts/7/tags/'],
    ['GET', '/files/'],
    ['GET', '/files//a'],
    ['PUT', '/posts/newest'],
    ['POST', '/files/a/info'],
    ['GET', 'http:///posts'],
  ])('finds no route for %s %s', (method, target) => {
    expect(find(method, target)).toBeUndefined();
  });
});
