import '../deploy/unset-empty.ts';
import { rmSync, watchFile } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { deploymentProblems } from '../deploy/settings.ts';
import { unknownSettingWarnings } from '../deploy/unknown-settings.ts';
import {
  ConfigurationError,
  LOGIN_RULES,
  readAuthorizationPrefix,
  readSessionRules,
  readTokenSettings,
} from '../lib/config.ts';
import { createDocumentClient, type Table } from '../lib/dynamodb/client.ts';
import type { LoginSessions } from '../lib/sessions/login-session.ts';
import { settingProblems } from '../lib/settings/read.ts';
import { createLoginRepository, createLoginSessions } from '../lib/wiring.ts';
import { createProgram, run } from '../tools/kit/run.ts';
import { warn } from '../tools/kit/terminal.ts';
import { DataFolder, localTableName } from './data-folder.ts';
import { findAdmin, firstRun, readOrCreateSecret } from './first-run.ts';
import { deviceUrls, hostOf, hostProblem, isOnLoopback, localUrl } from './host.ts';
import { LocalError } from './local-error.ts';
import { requestLoopback } from './loopback-request.ts';
import { choosePort, portProblem } from './port.ts';
import { REQUEST_LINES, replaceLogLines } from './request-log.ts';
import { type LocalStore, serveLocalStore } from './store.ts';
import { welcome } from './welcome.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const READY_POLL_MS = 25;
const READY_TIMEOUT_MS = 5_000;
const WATCH_MS = 1_000;

/** Starts the service and an embedded DynamoDB in this process, and prints a login and commands to paste. */
async function start({ json = false }: { readonly json?: boolean }): Promise<void> {
  assertAllSettings();
  for (const warning of unknownSettingWarnings(process.env)) warn(warning);
  const folder = new DataFolder();
  await folder.create();
  process.env.JWT_SECRET_KEY ||= await readOrCreateSecret(folder);
  const prefix = readAuthorizationPrefix();
  const settings = {
    tokens: readTokenSettings(),
    sessions: readSessionRules(LOGIN_RULES),
  };
  const store = await serveLocalStore(folder);
  if (!process.env.DYNAMODB_ENDPOINT) watchData(folder);
  const host = hostOf(process.env.HOST);
  const port = await choosePort(process.env.PORT, host);
  process.env.DYNAMODB_ENDPOINT = store.endpoint;
  const { admin, token } = await prepare(folder, store, createLoginSessions({ settings, clock: Date.now }));
  const url = isOnLoopback(host) ? `http://localhost:${port}` : localUrl(host, port);
  const isReadable = process.stdout.isTTY && !json;
  if (isReadable) process.env[REQUEST_LINES] = 'true';
  const muted = mute();
  try {
    serve(host, port);
    await untilReady(localUrl(host, port), muted.text);
  } finally {
    muted.end();
  }
  process.stdout.write(
    welcome({ url, devices: deviceUrls(host, port), data: store.place, admin, prefix, token }),
  );
  if (isReadable) replaceLogLines(process.stdout);
}

/** Checks the settings of the service, of a deployment and of this command. @throws {ConfigurationError} with all problems */
function assertAllSettings(): void {
  const { env } = process;
  const own = [portProblem(env.PORT), hostProblem(env.HOST)].filter((problem) => problem !== undefined);
  const problems = [...settingProblems(env), ...deploymentProblems(env), ...own];
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/** Unpublishes the data at the end, and ends the process if the data folder is deleted: its data would be lost. */
function watchData(folder: DataFolder): void {
  const unpublish = () => rmSync(folder.runningStore, { force: true });
  process.on('exit', unpublish);
  watchFile(folder.runningStore, { interval: WATCH_MS, persistent: false }, async () => {
    const running = await folder.readRunningStore().catch(() => undefined);
    if (running?.pid === process.pid) return;
    process.off('exit', unpublish);
    process.stderr.write(
      `The data folder ${folder.path} was deleted or replaced, so the server stops. Start it again.\n`,
    );
    process.exit(1);
  });
}

async function prepare(folder: DataFolder, { endpoint }: LocalStore, sessions: LoginSessions) {
  const table = { client: createDocumentClient({ region: 'local', endpoint }), name: localTableName() };
  await firstRun(folder, table);
  const admin = await findAdmin(folder, table);
  const token = admin && (await openSession(table, sessions, admin.account.username));
  table.client.destroy();
  return { admin, token };
}

/** Creates a session of the superuser. The printed commands use its token. */
async function openSession(table: Table, sessions: LoginSessions, username: string) {
  const users = createLoginRepository(table);
  const record = await users.findLogin(username);
  if (record === undefined) return undefined;
  const session = sessions.begin({ label: 'npm start', address: undefined });
  const change = { hash: undefined, knownNetworks: undefined };
  const isOpen = await users.openForLogin(record, session.planInsert(record), change);
  return isOpen ? session.issue(record) : undefined;
}

/** Runs the framework in this process. A child process could outlive this one. */
function serve(host: string, port: number): void {
  process.chdir(ROOT);
  process.env.SLS_LOG_LEVEL = 'error';
  const command = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const args = `offline start --stage local --host ${host} --httpPort ${port}`;
  process.argv = [process.execPath, command, ...args.split(' ')];
  createRequire(import.meta.url)(command);
}

/** Returns the message for a start that failed: the output of the framework, and the remedy. */
const notStarted = (output: string): string =>
  `The service did not start. Output of the framework:\n\n${output.trim() || '(nothing)'}\n\n` +
  'Correct the problem and start again. After an update of Node.js or of this project, run npm ci first.';

/**
 * Waits until the gateway handles requests. Before that, the server of serverless-offline responds.
 *
 * @throws {LocalError} if the framework fails, which it reports by setting the exit code
 */
async function untilReady(url: string, output: () => string): Promise<void> {
  for (;;) {
    if (process.exitCode) throw new LocalError(notStarted(output()));
    const response = await requestLoopback(url, READY_TIMEOUT_MS).catch(() => undefined);
    if (response?.headers['x-amzn-requestid'] !== undefined) return;
    await delay(READY_POLL_MS);
  }
}

/**
 * Hides the output of the framework: serverless-offline prints a table of routes and ports at every log level. If the
 * framework ends the process, prints the hidden output.
 */
function mute() {
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

const program = createProgram('npm start', 'Start Latchkey on this machine, with an embedded DynamoDB.')
  .usage('[-- options]')
  .option('--json', 'print logs as JSON on a terminal, too')
  .addHelpText(
    'after',
    '\nPORT sets the port, HOST the address, LATCHKEY_DATA_DIR the data folder. docs/settings.md lists all settings.' +
      '\n\nExample: PORT=8001 npm start',
  )
  .allowExcessArguments(false)
  .action(start);

await run(program, (error) =>
  error instanceof LocalError || error instanceof ConfigurationError ? error.message : undefined,
);
// An open store keeps the process alive.
if (process.exitCode) process.exit();
