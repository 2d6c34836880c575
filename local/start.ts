import '../deploy/unset-empty.ts';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  assertSettings,
  ConfigurationError,
  readAuthorizationPrefix,
  readSessionRules,
  readTokenSettings,
} from '../lib/config.ts';
import { createDocumentClient, type Table } from '../lib/dynamodb/client.ts';
import type { LoginSessions } from '../lib/sessions/login-session.ts';
import { createLoginRepository, createLoginSessions } from '../lib/wiring.ts';
import { DataFolder, localTableName } from './data-folder.ts';
import { findAdmin, firstRun, readOrCreateSecret } from './first-run.ts';
import { choosePort, HOST, PortError } from './port.ts';
import { type LocalStore, StoreBusyError, StoreUnreachableError, serveLocalStore } from './store.ts';
import { welcome } from './welcome.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const READY_POLL_MS = 25;

/** Starts the service with everything it needs in this one process, and prints how it is used. */
async function start(): Promise<void> {
  const folder = new DataFolder();
  const port = await choosePort(process.env.PORT);
  await folder.create();
  process.env.JWT_SECRET_KEY ||= await readOrCreateSecret(folder);
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const { prefix, ...settings } = readSettings();
  const store = await serveLocalStore();
  process.on('exit', () => rmSync(folder.runningStore, { force: true }));
  process.env.DYNAMODB_ENDPOINT = store.endpoint;
  const { admin, token } = await prepare(folder, store, createLoginSessions({ settings, clock: Date.now }));
  const url = `http://localhost:${port}`;
  const muted = mute();
  try {
    serve(port);
    await untilReady(`http://${HOST}:${port}`, muted);
  } finally {
    muted.end();
  }
  process.stdout.write(welcome({ url, dataDir: folder.path, admin, prefix, token }));
}

/** Checks every setting before anything is served, and reads those of this process. @throws {ConfigurationError} */
function readSettings() {
  assertSettings();
  return {
    prefix: readAuthorizationPrefix(),
    tokens: readTokenSettings(),
    sessions: readSessionRules(),
  };
}

async function prepare(folder: DataFolder, { endpoint }: LocalStore, sessions: LoginSessions) {
  const table = { client: createDocumentClient({ region: 'local', endpoint }), name: localTableName() };
  await firstRun(folder, table);
  const admin = await findAdmin(folder, table);
  const token = admin && (await openSession(table, sessions, admin.account.username));
  table.client.destroy();
  return { admin, token };
}

/** Logs the superuser in, for the lines to paste. */
async function openSession(table: Table, sessions: LoginSessions, username: string) {
  const users = createLoginRepository(table);
  const record = await users.findLogin(username);
  if (record === undefined) return undefined;
  const session = sessions.begin({ label: 'npm start', address: undefined });
  const change = { hash: undefined, knownNetworks: undefined };
  const isOpen = await users.openForLogin(record, session.planInsert(record), change);
  return isOpen ? session.issue(record) : undefined;
}

/** Runs the framework's command in this process: a child of its own could outlive this one. */
function serve(port: number): void {
  process.chdir(ROOT);
  process.env.SLS_LOG_LEVEL = 'error';
  const command = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  process.argv = [
    process.execPath,
    command,
    'offline',
    'start',
    '--stage',
    'local',
    '--httpPort',
    String(port),
  ];
  createRequire(import.meta.url)(command);
}

/** What the framework wrote before it gave up, with what can be done. */
const notStarted = (output: string): string =>
  `The service did not start. The framework wrote:\n\n${output.trim() || '(nothing)'}\n\n` +
  'Correct what it reports and start again; after an update of Node or of this project, run npm ci first.';

/** The framework gave up before the service was ready. */
class ServingError extends Error {
  constructor(output: string) {
    super(notStarted(output));
    this.name = 'ServingError';
  }
}

/**
 * Waits for the gateway itself: until it has taken over, the server beneath answers.
 *
 * @throws {ServingError} when the framework gives up, which it does by setting the exit code
 */
async function untilReady(url: string, muted: Muted): Promise<void> {
  for (;;) {
    if (process.exitCode) throw new ServingError(muted.text());
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.headers.has('x-amzn-requestid')) return;
    await delay(READY_POLL_MS);
  }
}

interface Muted {
  /** What was not shown. */
  text(): string;
  end(): void;
}

/**
 * Keeps serverless-offline's table of routes and ports, which it writes at any level, off the screen. If the framework
 * ends the process meanwhile, its output is shown.
 */
function mute(): Muted {
  const streams = [process.stdout, process.stderr].map((stream) => ({ stream, write: stream.write }));
  let text = '';
  for (const { stream } of streams) {
    stream.write = (chunk: string | Uint8Array) => {
      text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    };
  }
  const end = () => {
    process.off('exit', tell);
    for (const { stream, write } of streams) stream.write = write;
  };
  const tell = () => {
    end();
    process.stderr.write(`${notStarted(text)}\n`);
  };
  process.on('exit', tell);
  return { text: () => text, end };
}

/** Errors whose message is all there is to say. */
const TOLD = [ServingError, PortError, StoreBusyError, StoreUnreachableError, ConfigurationError];

try {
  await start();
} catch (error) {
  if (!TOLD.some((kind) => error instanceof kind)) throw error;
  process.stderr.write(`${error instanceof Error ? error.message : ''}\n`);
  process.exit(1);
}
