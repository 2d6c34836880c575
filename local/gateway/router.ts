import type { Route } from './service.ts';

export interface RouteMatch {
  readonly route: Route;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/**
 * Finds the route of a request like a REST API: the path selects the resource, and then the method selects the route. A literal
 * segment takes precedence over `{name}`, and `{name}` over `{name+}`.
 */
export class Router {
  /** The routes of each path, in the order of precedence. */
  readonly #resources: readonly (readonly [pattern: RegExp, routes: ReadonlyMap<string, Route>])[];

  constructor(routes: readonly Route[]) {
    this.#resources = [...new Set(routes.map(({ path }) => path))]
      .toSorted((a, b) => rankOf(a).localeCompare(rankOf(b)))
      .map((path) => {
        const own = routes.filter((route) => route.path === path);
        return [patternOf(path), new Map(own.map((route) => [route.method, route]))];
      });
  }

  /** @param path the decoded path, with or without a slash at its end */
  find(method: string, path: string): RouteMatch | undefined {
    for (const [pattern, routes] of this.#resources) {
      const match = pattern.exec(path);
      if (match === null) continue;
      const route = routes.get(method) ?? routes.get('ANY');
      return route && { route, pathParameters: { ...match.groups } };
    }
    return undefined;
  }
}

const rankOf = (path: string): string =>
  path
    .split('/')
    .map((segment) => (segment.endsWith('+}') ? 2 : segment.startsWith('{') ? 1 : 0))
    .join('');

/** Creates the expression of a declared path, which has letters, digits and `_ - . :` besides parameters. */
function patternOf(path: string): RegExp {
  const source = path
    .replaceAll('.', '\\.')
    .replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')
    .replaceAll(/\{(\w+)\+\}/g, '(?<$1>[^/].*?)');
  return new RegExp(`^${source}/?$`, 's');
}
