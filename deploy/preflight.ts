import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import { DescribeTableCommand, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  type LambdaClient,
  ResourceNotFoundException as NoFunctionException,
} from '@aws-sdk/client-lambda';
import type { Stack } from './stack.ts';

/** What a deployment is about to do. */
export interface DeploymentPlan {
  readonly tableName: string;
  /** Whether the stack creates the table, or uses an existing one. */
  readonly createTable: boolean;
  readonly reservedConcurrency: number | 'none';
}

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly lambda: LambdaClient;
}

/** The concurrency that Lambda keeps unreserved. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
const UNRESERVED = 100;
const INDEX = 'listing';

/** States that CloudFormation does not update, and the way out of each. */
const STUCK = new Map([
  ['ROLLBACK_COMPLETE', 'Its creation failed. Remove it (npm run remove) and deploy again.'],
  ['ROLLBACK_FAILED', 'Its creation failed. Remove it (npm run remove) and deploy again.'],
  ['DELETE_FAILED', 'Its removal failed. Remove it again (npm run remove).'],
  [
    'UPDATE_ROLLBACK_FAILED',
    'Run: aws cloudformation continue-update-rollback --stack-name <name>. Then deploy again.',
  ],
]);

/**
 * Finds the reasons why a deployment would fail, or would start with an empty table, before it changes anything.
 *
 * @param stack the stack of the stage, if it has been deployed before
 * @returns one sentence per reason
 */
export async function findObstacles(
  plan: DeploymentPlan,
  stack: Stack | undefined,
  { dynamodb, lambda }: Clients,
): Promise<string[]> {
  const stuck = STUCK.get(stack?.status ?? '');
  if (stuck !== undefined) return [`The stack is in the state ${stack?.status}. ${stuck}`];
  return [
    ...tableObstacles(plan, stack, await findTable(dynamodb, plan.tableName)),
    ...(await concurrencyObstacles(plan, stack, lambda)),
  ];
}

function tableObstacles(
  { tableName, createTable }: DeploymentPlan,
  stack: Stack | undefined,
  table: TableDescription | undefined,
): string[] {
  if (!createTable) {
    if (table === undefined) {
      return [
        `The table ${tableName} does not exist. Set TABLE_NAME to an existing table, or CREATE_TABLE=true.`,
      ];
    }
    const hasIndex = table.GlobalSecondaryIndexes?.some(({ IndexName }) => IndexName === INDEX) ?? false;
    return hasIndex ? [] : [`The table ${tableName} has no index ${INDEX}. Restore it with its indexes.`];
  }
  const current = stack?.outputs.get('TableName');
  if (current !== undefined && current !== tableName) {
    return [
      `The stage uses the table ${current}. This deployment would create an empty table ${tableName} in its place. ` +
        `Set TABLE_NAME=${current}; or, to use an existing table, set CREATE_TABLE=false.`,
    ];
  }
  if (table !== undefined && stack?.resources.get('Table') !== tableName) {
    return [
      `The table ${tableName} exists, and the stack does not own it. Set CREATE_TABLE=false to use it.`,
    ];
  }
  return [];
}

async function concurrencyObstacles(
  { reservedConcurrency }: DeploymentPlan,
  stack: Stack | undefined,
  lambda: LambdaClient,
): Promise<string[]> {
  if (reservedConcurrency === 'none') return [];
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  // What an earlier deployment reserved is free for this one.
  const reserved = await reservedBy(lambda, stack?.resources.get('ObtainLambdaFunction'));
  const free = Math.max(0, (AccountLimit?.UnreservedConcurrentExecutions ?? 0) + reserved - UNRESERVED);
  if (reservedConcurrency <= free) return [];
  const remedy = free === 0 ? 'none' : `none, or to at most ${free}`;
  return [
    `OBTAIN_RESERVED_CONCURRENCY reserves ${reservedConcurrency}, but the account has ${free} to reserve. Set it to ${remedy}.`,
  ];
}

async function reservedBy(lambda: LambdaClient, name: string | undefined): Promise<number> {
  if (name === undefined) return 0;
  try {
    const command = new GetFunctionConcurrencyCommand({ FunctionName: name });
    return (await lambda.send(command)).ReservedConcurrentExecutions ?? 0;
  } catch (error) {
    if (error instanceof NoFunctionException) return 0;
    throw error;
  }
}

async function findTable(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
