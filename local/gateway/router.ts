import type { Route } from './service.ts';

export interface RouteMatch {
  readonly route: Route;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** A segment of a declared path: a text, `{name}` or `{name+}`. */
interface Segment {
  readonly text: string;
  /** The name of the parameter; undefined for a text. */
  readonly name: string | undefined;
  readonly isGreedy: boolean;
}

interface Resource {
  readonly segments: readonly Segment[];
  readonly routes: ReadonlyMap<string, Route>;
}

/**
 * Finds the route of a request like a REST API: the path selects the resource, and then the method selects the route. A text
 * precedes `{name}`, which precedes `{name+}`.
 */
export class Router {
  /** In the order of precedence. */
  readonly #resources: readonly Resource[];

  constructor(routes: readonly Route[]) {
    const paths = [...new Set(routes.map(({ path }) => path))];
    this.#resources = paths
      .map((path) => ({
        segments: path.split('/').slice(1).map(parseSegment),
        routes: new Map(routes.filter((one) => one.path === path).map((route) => [route.method, route])),
      }))
      .toSorted((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1));
  }

  /** @param segments the decoded segments of the path; the last one is empty if the path ends with a slash */
  find(method: string, segments: readonly string[]): RouteMatch | undefined {
    const parts = segments.at(-1) === '' ? segments.slice(0, -1) : segments;
    for (const resource of this.#resources) {
      const pathParameters = match(resource.segments, parts);
      if (pathParameters === undefined) continue;
      const route = resource.routes.get(method) ?? resource.routes.get('ANY');
      return route && { route, pathParameters };
    }
    return undefined;
  }
}

function parseSegment(text: string): Segment {
  const [, name, greedy] = /^\{([^+}]+)(\+?)\}$/.exec(text) ?? [];
  return { text, name, isGreedy: greedy === '+' };
}

const rankOf = ({ segments }: Resource): string =>
  segments.map(({ name, isGreedy }) => (name === undefined ? 0 : isGreedy ? 2 : 1)).join('');

/** Returns the values of the parameters, or undefined if the path does not match. */
function match(segments: readonly Segment[], parts: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, { text, name, isGreedy }] of segments.entries()) {
    const part = parts[index];
    if (part === undefined || part === '') return undefined;
    if (name === undefined && part !== text) return undefined;
    if (name === undefined) continue;
    parameters[name] = isGreedy ? parts.slice(index).join('/') : part;
    if (isGreedy) return parameters;
  }
  return parts.length === segments.length ? parameters : undefined;
}
