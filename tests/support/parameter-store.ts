import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';

/** The behavior for one request: a response, or none. */
export type Behavior =
  | 'works'
  | 'hangs'
  | 'stalls'
  | 'drips'
  | 'cuts'
  | { readonly status: number; readonly type: string };

export interface TestParameterStore {
  readonly endpoint: string;
  /** Values by parameter name. */
  readonly values: Map<string, string>;
  /** The behavior for the next requests. All others succeed. */
  readonly next: Behavior[];
  /** The requested targets, in order. */
  readonly calls: string[];
  /** The path of the last request. */
  lastPath(): string;
  /** The headers of the last request. */
  lastHeaders(): Readonly<Record<string, string | string[] | undefined>>;
  close(): Promise<void>;
}

const requestSchema = v.looseObject({
  Name: v.string(),
  WithDecryption: v.optional(v.boolean(), false),
  Value: v.optional(v.string(), ''),
  Type: v.optional(v.string()),
  Overwrite: v.optional(v.boolean(), false),
});

/**
 * Starts a server on a free port that implements the part of the AWS Systems Manager protocol that the tests need.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
export async function startParameterStore(): Promise<TestParameterStore> {
  const values = new Map<string, string>();
  const next: Behavior[] = [];
  const calls: string[] = [];
  let headers: Readonly<Record<string, string | string[] | undefined>> = {};
  let path = '';
  const server = createServer(async (request, response) => {
    headers = request.headers;
    path = request.url ?? '';
    const target = String(request.headers['x-amz-target']).replace('AmazonSSM.', '');
    calls.push(target);
    const body = v.parse(requestSchema, JSON.parse(await text(request)));
    const behavior = next.shift() ?? 'works';
    const respond = (status: number, value: unknown) =>
      response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' }).end(JSON.stringify(value));
    if (behavior === 'hangs') return;
    if (behavior === 'stalls' || behavior === 'drips') {
      response.writeHead(200, { 'Content-Length': 1_000_000 }).write('{');
      const drip = setInterval(() => behavior === 'drips' && response.write(' '), 100);
      response.once('close', () => clearInterval(drip));
      return;
    }
    if (behavior === 'cuts') request.socket.destroy();
    else if (behavior !== 'works') respond(behavior.status, { __type: behavior.type });
    else if (target === 'PutParameter') {
      if (values.has(body.Name) && !body.Overwrite) respond(400, { __type: 'ParameterAlreadyExists' });
      else {
        values.set(body.Name, body.Value);
        respond(200, { Version: 1, Tier: 'Standard' });
      }
    } else {
      const value = values.get(body.Name);
      if (value === undefined) respond(400, { __type: 'ParameterNotFound' });
      else
        respond(200, {
          Parameter: { Name: body.Name, Value: body.WithDecryption ? value : 'still encrypted' },
        });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    values,
    next,
    calls,
    lastPath: () => path,
    lastHeaders: () => headers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
