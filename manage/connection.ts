import type { Command } from 'commander';
import { createDocumentClient, type Table } from '../lib/dynamodb/client.ts';
import { COMMAND_TIMEOUTS } from '../lib/dynamodb/connection.ts';
import { localTableName } from '../local/data-folder.ts';
import { openLocalStore } from '../local/store.ts';
import { warn } from '../tools/kit/terminal.ts';
import { type AwsClient, endpointOf, findAccount, isAwsEndpoint } from './account.ts';
import { assertTerminal, confirmChange } from './prompts.ts';
import { type Stage, stageNamed } from './stage.ts';

/** Options of every command. */
export interface ConnectionOptions {
  /** A deployed stage, accessed with the AWS credentials and region of the environment. The default is the local data. */
  readonly stage?: string | undefined;
  /** Skips the confirmation. */
  readonly yes?: boolean | undefined;
}

/** How a command accesses data. A command that changes a stage asks for confirmation. */
export interface Access<Target> {
  readonly changes: boolean;
  /** The confirmation of a command that also asks on local data. @throws {CommandError} if there is nothing to change */
  readonly question?: (target: Target) => Promise<string>;
}

/**
 * Runs work on the table of a stage or on the local table, then closes the connection. First names the data on standard error,
 * unless the command only reads local data.
 *
 * @throws {CommandError} if the change was not confirmed
 */
export async function withTable<Result>(
  options: ConnectionOptions,
  access: Access<Table>,
  work: (table: Table) => Promise<Result>,
): Promise<Result> {
  const { stage } = options;
  if (stage === undefined) return withLocalTable(options, access, work);
  return withStage({ ...options, stage }, access, TABLE, work);
}

/** Creates the action of a command that does its work on the table of its options, see {@link withTable}. */
export function onTable<Given extends readonly unknown[]>(
  access: Access<Table>,
  work: (table: Table, ...given: Given) => Promise<void>,
) {
  return function (this: Command, ...given: Given): Promise<void> {
    return withTable(this.optsWithGlobals(), access, (table) => work(table, ...given));
  };
}

/** A resource of a deployed stage, such as its table. */
export interface StageResource<Target extends { readonly client: AwsClient }> {
  /** Creates a client for the resource. */
  readonly connect: (stage: Stage) => Target;
  /** Returns the type and the name of the resource, such as `table latchkey-prod`. */
  readonly describe: (stage: Stage) => string;
}

/** The table of a stage. Ignores `DYNAMODB_ENDPOINT`, which applies to local data only. */
const TABLE: StageResource<Table> = {
  connect: ({ region, tableName }) => ({
    client: createDocumentClient({ region, endpoint: undefined, timeouts: COMMAND_TIMEOUTS }),
    name: tableName,
  }),
  describe: ({ tableName }) => `table ${tableName}`,
};

/** Options of a command that runs on a deployed stage only. */
export type StageOptions = ConnectionOptions & { readonly stage: string };

/**
 * Runs work on a resource of a deployed stage, then closes the connection. First writes the account, the region and the
 * resource to standard error.
 *
 * @throws {CommandError} if the change was not confirmed
 */
export async function withStage<Target extends { readonly client: AwsClient }, Result>(
  options: StageOptions,
  access: Access<Target>,
  { connect, describe }: StageResource<Target>,
  work: (target: Target) => Promise<Result>,
): Promise<Result> {
  assertConfirmable(options, access);
  const stage = stageNamed(options.stage);
  const target = connect(stage);
  try {
    await announce(stage, describe(stage), target.client);
    await askForApproval(options, access, target);
    return await work(target);
  } finally {
    target.client.destroy();
  }
}

/**
 * Asserts that the command can ask for confirmation if it needs one, before it reads or requests anything.
 *
 * @throws {CommandError} if it needs a confirmation and standard input is not a terminal
 */
export function assertConfirmable<Target>(
  { stage, yes = false }: ConnectionOptions,
  { changes }: Access<Target>,
): void {
  if (stage !== undefined && changes && !yes) assertTerminal('--yes');
}

async function askForApproval<Target>(
  options: ConnectionOptions,
  { changes, question }: Access<Target>,
  target: Target,
): Promise<void> {
  const { stage } = options;
  if (question === undefined && (stage === undefined || !changes)) return;
  const message = question === undefined ? 'Change its data?' : await question(target);
  await confirmChange(stage === undefined ? message : `Stage ${stage}: ${message}`, options);
}

/** Writes the account, the region and the resource that a command uses to standard error. */
async function announce(stage: Stage, resource: string, client: AwsClient): Promise<void> {
  const endpoint = await endpointOf(client);
  const account = await findAccount(stage.region, endpoint);
  const parts = [
    account === undefined ? 'account unknown' : `account ${account}`,
    `region ${stage.region}`,
    resource,
    ...(isAwsEndpoint(endpoint) ? [] : [`endpoint ${endpoint.origin}`]),
  ];
  warn(`Stage ${stage.name}: ${parts.join(', ')}`);
}

/** Names the data to standard error if the command changes or creates it: the folder depends on where the command runs. */
async function withLocalTable<Result>(
  options: ConnectionOptions,
  access: Access<Table>,
  work: (table: Table) => Promise<Result>,
): Promise<Result> {
  const store = await openLocalStore();
  if (access.changes || store.isNew) warn(`Local data: ${store.place}${store.isNew ? ' (created)' : ''}`);
  const client = createDocumentClient({ region: 'local', endpoint: store.endpoint });
  const table = { client, name: localTableName() };
  try {
    await askForApproval(options, access, table);
    return await work(table);
  } finally {
    client.destroy();
    await store.close();
  }
}
