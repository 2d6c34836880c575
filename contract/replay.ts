import { createHmac } from 'node:crypto';
import * as v from 'valibot';
import type { ContractCase, TokenTemplate } from './cases.ts';

const DIGESTS = new Map([
  ['HS256', 'sha256'],
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
]);

const encode = (value: string | Buffer) => Buffer.from(value).toString('base64url');
const relativeSchema = v.strictObject({ $now: v.number() });
const sameSchema = v.strictObject({ same: v.string() });
const claimsSchema = v.record(v.string(), v.unknown());

/** Creates a token from its template. Uses HMAC of Node.js, so that it is independent of the tested code. */
function mint(template: TokenTemplate, secret: string, now: number): string {
  const parameters = Object.entries({ typ: 'JWT', alg: template.alg, ...template.header });
  const header = Object.fromEntries(parameters.filter(([, value]) => value !== null));
  const claims = Object.entries(template.payload ?? {}).map(([name, value]) => {
    return [name, v.is(relativeSchema, value) ? now + value.$now : value];
  });
  const payload = template.rawPayload ?? JSON.stringify(Object.fromEntries(claims));
  const input = `${encode(JSON.stringify(header))}.${encode(payload)}`;
  const digest = DIGESTS.get(template.alg);
  const signature = digest
    ? encode(
        createHmac(digest, template.key ?? secret)
          .update(input)
          .digest(),
      )
    : '';
  if (template.tamper === 'signature') {
    return `${input}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  }
  if (template.tamper === 'payload') {
    const forged = { ...claimsOf(`${input}.`), ...template.forged };
    return `${encode(JSON.stringify(header))}.${encode(JSON.stringify(forged))}.${signature}`;
  }
  return `${input}.${signature}`;
}

/** Decodes the claims of a token without verifying it. */
export const claimsOf = (token: string): Record<string, unknown> =>
  v.parse(claimsSchema, JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()));

export interface CaseResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** The tokens of the request, by name. */
  readonly sent: ReadonlyMap<string, string>;
  /** The time of the request, in seconds since 1970. */
  readonly now: number;
}

const tokenSchema = v.object({ token: v.string() });

/** Sends the request of a case. @param request `fetch`, or a function that sends requests in another way */
export async function send(
  contractCase: ContractCase,
  base: string,
  secret: string,
  request: (url: string, init: RequestInit) => Promise<Response> = fetch,
): Promise<CaseResponse> {
  const now = Math.floor(Date.now() / 1000);
  const sent = new Map<string, string>();
  for (const [name, template] of Object.entries(contractCase.mint)) {
    sent.set(name, mint(template, secret, now));
  }
  for (const [name, login] of Object.entries(contractCase.login)) {
    const response = await request(`${base}/api/token/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(login),
    });
    sent.set(name, v.parse(tokenSchema, await response.json()).token);
  }
  const { method, path, headers, body, bodyBase64 } = contractCase.request;
  const fill = (text: string) => text.replace(/\$\{(\w+)\}/g, (_, name: string) => sent.get(name) ?? '');
  const filled = Object.entries(headers).map(([name, value]): [string, string] => [name, fill(value)]);
  const response = await request(base + path, {
    method,
    redirect: 'manual',
    headers: filled,
    body:
      bodyBase64 === undefined ? (body === undefined ? null : fill(body)) : Buffer.from(bodyBase64, 'base64'),
  });
  return { status: response.status, headers: response.headers, body: await response.text(), sent, now };
}

/** The tolerance for times in tokens, in seconds. */
const SLACK = 45;

/** Returns the expected claim: a value, a time relative to the request, or the claim of a sent token. */
export function expectedClaim(want: unknown, name: string, response: CaseResponse): unknown {
  if (v.is(sameSchema, want)) return claimsOf(response.sent.get(want.same) ?? '')[name];
  return v.is(relativeSchema, want) ? response.now + want.$now : want;
}

export const isNear = (want: unknown, got: unknown): boolean =>
  typeof want === 'number' && typeof got === 'number' && Math.abs(want - got) <= SLACK;

/** Returns the methods of an `Allow` header, without OPTIONS and HEAD. */
export const methodsOf = (allow: string | null): string[] =>
  (allow ?? '')
    .split(',')
    .map((method) => method.trim())
    .filter((method) => method !== '' && method !== 'OPTIONS' && method !== 'HEAD')
    .sort();

/** Parses a body as JSON. Returns the text if it is not JSON. */
export function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
