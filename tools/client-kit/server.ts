import * as v from 'valibot';
import type { HeaderPair, HttpResponse } from '../../local/gateway/response.ts';
import { startFaultServer } from '../harness/fault-server.ts';
import type { ServiceRequest } from '../harness/http-service.ts';
import { storePosts } from '../harness/seed.ts';
import { createTestTable } from '../harness/table.ts';
import { toTable } from '../kit/terminal.ts';
import { resultsSchema, type Verdict } from './commands.ts';
import { Kit } from './kit.ts';
import { POSTS, SCENARIOS } from './scenarios.ts';

const CONTROL = '/kit/';

export interface KitServer {
  readonly url: string;
  readonly kit: Kit;
  close(): Promise<void>;
}

/** Starts the service behind the faults of the kit, with the control API on the same port. @param port 0 for any free port */
export async function startKitServer(port: number): Promise<KitServer> {
  const table = await createTestTable();
  await storePosts(table, POSTS);
  const kit = new Kit(table, () => server.release());
  const server = await startFaultServer({
    port,
    clock: () => kit.now(),
    execute: (request) => (isControl(request) ? control(kit, request) : kit.execute(request)),
    faultOf: (request) => (isControl(request) ? 'none' : kit.faultOf(request)),
  }).catch(async (error: unknown) => {
    await table.remove();
    throw error;
  });
  return {
    url: server.url,
    kit,
    close: async () => {
      await server.close();
      await table.remove();
    },
  };
}

/** Lays out verdicts as a table. */
export const tableOf = (verdicts: readonly Verdict[]): string =>
  toTable([
    ['scenario', 'result', 'reason'],
    ...verdicts.map(({ scenario, passed, reason = '' }) => [scenario, passed ? 'pass' : 'FAIL', reason]),
  ]);

const isControl = ({ target }: ServiceRequest): boolean => target.startsWith(CONTROL);

/** Answers a request of the control API (docs/mobile.md, "Control API"). */
async function control(kit: Kit, { method, target, headers, body }: ServiceRequest): Promise<HttpResponse> {
  const path = target.slice(CONTROL.length).replace(/\/$/, '');
  const [, name] = /^scenarios\/([\w-]+)$/.exec(path) ?? [];
  if (method === 'OPTIONS') return json(200, {});
  if (method === 'GET' && path === 'scenarios') {
    return json(
      200,
      SCENARIOS.map(({ name, title }) => ({ name, title })),
    );
  }
  if (method === 'GET' && path === 'report') {
    if (!headers.accept?.includes('text/plain')) return json(200, kit.verdicts);
    return {
      status: 200,
      headers: [['Content-Type', 'text/plain']],
      body: Buffer.from(`${tableOf(kit.verdicts)}\n`),
    };
  }
  if (method === 'POST' && path === 'reset') {
    kit.reset();
    return json(200, {});
  }
  if (method === 'POST' && name !== undefined) {
    const reply = await kit.start(name);
    return reply
      ? json(200, reply)
      : json(404, { detail: `There is no scenario ${name}. GET /kit/scenarios lists them.` });
  }
  if (method === 'POST' && path === 'next') {
    const results = v.safeParse(resultsSchema, parse(body));
    return results.success
      ? json(200, await kit.next(results.output.results))
      : json(400, {
          detail:
            'The body is {"results": […]}; each result has an "outcome": "ok", "login_required" or "failed".',
        });
  }
  return json(404, {
    detail:
      'The control API has GET /kit/scenarios, GET /kit/report, POST /kit/next, POST /kit/reset and POST /kit/scenarios/<name>.',
  });
}

/** A web app on another origin may drive itself. */
const CORS: readonly HeaderPair[] = [
  ['Access-Control-Allow-Origin', '*'],
  ['Access-Control-Allow-Headers', 'content-type'],
];

const json = (status: number, value: unknown): HttpResponse => ({
  status,
  headers: [['Content-Type', 'application/json'], ...CORS],
  body: Buffer.from(JSON.stringify(value)),
});

function parse(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}
