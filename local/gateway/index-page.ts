import { createHash } from 'node:crypto';
import type { HttpResponse } from './response.ts';
import type { Route } from './service.ts';

const STYLE = 'body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:2em auto;padding:0 1em}';

/** Forbids everything except the style sheet of the page. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Creates the HTML page that lists the routes of a service. It contains no scripts. */
export function createIndexPage(name: string, routes: readonly Route[]): HttpResponse {
  const items = [...methodsByPath(routes)].map(([path, methods]) => {
    const isLinked = !path.includes('{') && (methods.has('ANY') || methods.has('GET'));
    const text = escapeHtml(path);
    const cell = isLinked ? `<a href="${text}">${text}</a>` : text;
    const names = [...methods].filter((method) => method !== 'ANY').join(', ');
    return `<li>${cell} ${escapeHtml(names)}</li>`;
  });
  const title = escapeHtml(name);
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title><style>${STYLE}</style></head>
<body>
<h1>${title}</h1>
<p>This service runs on your machine. The terminal that started it shows a login, and commands to send requests with a token.</p>
${routes.some(({ path }) => isDocs(path)) ? '<p><a href="/docs/">Try the API in the browser.</a></p>\n' : ''}<ul>
${items.join('\n')}
</ul>
</body>
</html>
`;
  return {
    status: 200,
    headers: [
      ['Content-Type', 'text/html; charset=utf-8'],
      ['Content-Security-Policy', POLICY],
      ['X-Content-Type-Options', 'nosniff'],
      ['Referrer-Policy', 'no-referrer'],
      ['Cache-Control', 'no-store'],
      ['Vary', 'Accept'],
    ],
    body: Buffer.from(html),
  };
}

/** Returns whether a path belongs to the page for trying the API. */
const isDocs = (path: string): boolean => /^\/?docs(\/|$)/.test(path);

/** Groups the methods of each path of the API. OPTIONS is left out, because only preflights of browsers use it. */
function methodsByPath(routes: readonly Route[]): Map<string, Set<string>> {
  const grouped = new Map<string, Set<string>>();
  for (const { method, path } of routes) {
    if (method.toUpperCase() === 'OPTIONS' || isDocs(path)) continue;
    const written = `/${path.replace(/^\/|\/$/g, '')}/`;
    grouped.set(written, (grouped.get(written) ?? new Set()).add(method.toUpperCase()));
  }
  return grouped;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
