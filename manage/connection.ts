import { createDocumentClient, type Table } from '../lib/dynamodb/client.ts';
import { localTableName } from '../local/data-folder.ts';
import { openLocalStore } from '../local/store.ts';
import { warn } from '../tools/kit/terminal.ts';
import { type AwsClient, endpointOf, findAccount, isAwsEndpoint } from './account.ts';
import { assertSure } from './confirm.ts';
import { assertTerminal } from './passwords.ts';
import { type Stage, stageNamed } from './stage.ts';

/** The options that every command has. */
export interface ConnectionOptions {
  /** A deployed stage, reached with the AWS credentials and region of the environment; without, the local data. */
  readonly stage?: string | undefined;
  /** Do not ask. */
  readonly yes?: boolean | undefined;
}

/** What a command does to data. Each command states it; a change of a stage is asked about. */
export interface Access<Target> {
  readonly changes: boolean;
  /** The question of a command that also asks on local data. @throws {CommandError} if there is nothing to change */
  readonly question?: (target: Target) => Promise<string>;
}

/**
 * Runs work on the table of a stage, or on the local one, and closes the connection afterwards.
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

/** A part of a deployed stage that a command works on. */
export interface StagePart<Target extends { readonly client: AwsClient }> {
  /** Creates the client of the part. */
  readonly connect: (stage: Stage) => Target;
  /** Returns the kind and the name of the part, such as `table latchkey-prod`. */
  readonly describe: (stage: Stage) => string;
}

/** The table of a stage. `DYNAMODB_ENDPOINT` does not count: it is for local data. */
const TABLE: StagePart<Table> = {
  connect: ({ region, tableName }) => ({
    client: createDocumentClient({ region, endpoint: undefined }),
    name: tableName,
  }),
  describe: ({ tableName }) => `table ${tableName}`,
};

/** The options of a command for a deployed stage. */
export type StageOptions = ConnectionOptions & { readonly stage: string };

/**
 * Runs work on a part of a deployed stage, and closes the connection afterwards. Writes the account, the region and the
 * part to standard error first.
 *
 * @throws {CommandError} if the change was not confirmed
 */
export async function withStage<Target extends { readonly client: AwsClient }, Result>(
  options: StageOptions,
  access: Access<Target>,
  { connect, describe }: StagePart<Target>,
  work: (target: Target) => Promise<Result>,
): Promise<Result> {
  assertAnswerable(options, access);
  const stage = stageNamed(options.stage);
  const target = connect(stage);
  try {
    await announce(stage, describe(stage), target.client);
    await approve(options, access, target);
    return await work(target);
  } finally {
    target.client.destroy();
  }
}

/**
 * Ends a command that would have to ask and cannot, before it reads or requests anything.
 *
 * @throws {CommandError}
 */
export function assertAnswerable<Target>(
  { stage, yes = false }: ConnectionOptions,
  { changes }: Access<Target>,
): void {
  if (stage !== undefined && changes && !yes) assertTerminal('--yes');
}

async function approve<Target>(
  options: ConnectionOptions,
  { changes, question }: Access<Target>,
  target: Target,
): Promise<void> {
  const { stage } = options;
  if (question === undefined && (stage === undefined || !changes)) return;
  const asked = question === undefined ? 'Change its data?' : await question(target);
  await assertSure(stage === undefined ? asked : `Stage ${stage}: ${asked}`, options);
}

/** Writes which account, region and part a command is about to use to standard error. */
async function announce(stage: Stage, part: string, client: AwsClient): Promise<void> {
  const endpoint = await endpointOf(client);
  const account = await findAccount(stage.region, endpoint);
  const parts = [
    account === undefined ? 'account unknown' : `account ${account}`,
    `region ${stage.region}`,
    part,
    ...(isAwsEndpoint(endpoint) ? [] : [`endpoint ${endpoint.origin}`]),
  ];
  warn(`Stage ${stage.name}: ${parts.join(', ')}`);
}

async function withLocalTable<Result>(
  options: ConnectionOptions,
  access: Access<Table>,
  work: (table: Table) => Promise<Result>,
): Promise<Result> {
  const store = await openLocalStore();
  const client = createDocumentClient({ region: 'local', endpoint: store.endpoint });
  const table = { client, name: localTableName() };
  try {
    await approve(options, access, table);
    return await work(table);
  } finally {
    client.destroy();
    await store.close();
  }
}
