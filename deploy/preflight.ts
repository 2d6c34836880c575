import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import { DescribeTableCommand, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  type LambdaClient,
  ResourceNotFoundException as NoFunctionException,
} from '@aws-sdk/client-lambda';
import { GetParameterCommand, ParameterNotFound, type SSMClient } from '@aws-sdk/client-ssm';
import type { Stack } from './stack.ts';
import { findDifference } from './table-shape.ts';

/** The parameters of a deployment. */
export interface DeploymentPlan {
  readonly stage: string;
  readonly region: string;
  readonly tableName: string;
  /** Whether `TABLE_NAME` is set. Otherwise a deployment must not move the stage to another table. */
  readonly isTableNamed: boolean;
  /** Whether the stack creates the table. Otherwise it uses an existing one. */
  readonly createTable: boolean;
  readonly reservedConcurrency: number | 'none';
  readonly secretParameter: string;
}

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly ssm: SSMClient;
}

/** The concurrency that Lambda does not allow to reserve. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
const UNRESERVED = 100;

/** The state of a stack without resources, whose creation was interrupted before it began. */
const NOT_BEGUN = 'REVIEW_IN_PROGRESS';

/** Returns the remedy for a state in which CloudFormation does not update a stack, or undefined for any other state. */
function findRemedy({ name, status }: Stack, { stage, region }: DeploymentPlan): string | undefined {
  const remove = `npm run remove -- --stage ${stage} --region ${region}`;
  switch (status) {
    case 'ROLLBACK_COMPLETE':
    case 'ROLLBACK_FAILED':
      return `Its creation failed. Remove it (${remove}), then deploy again.`;
    case 'DELETE_FAILED':
      return `Its removal failed. Remove it again (${remove}).`;
    case 'UPDATE_ROLLBACK_FAILED':
      return `Run: aws cloudformation continue-update-rollback --region ${region} --stack-name ${name}. Then deploy again.`;
    default:
      if (status === NOT_BEGUN || !status.endsWith('_IN_PROGRESS')) return undefined;
      return 'Another operation is running. Wait until it ends, then deploy again.';
  }
}

/**
 * Finds the reasons why a deployment would fail, or would start with an empty table, before it changes anything.
 *
 * @param stack the stack of the stage, if it has been deployed before
 * @returns one sentence per reason
 */
export async function findObstacles(
  plan: DeploymentPlan,
  stack: Stack | undefined,
  { dynamodb, lambda, ssm }: Clients,
): Promise<string[]> {
  const remedy = stack && findRemedy(stack, plan);
  if (remedy !== undefined) return [`The stack is in the state ${stack?.status}. ${remedy}`];
  return [
    ...(await tableObstacles(plan, stack, await findTable(dynamodb, plan.tableName))),
    ...(await concurrencyObstacles(plan, stack, lambda)),
    ...(await secretObstacles(plan, ssm)),
  ];
}

async function tableObstacles(
  { tableName, isTableNamed, createTable }: DeploymentPlan,
  stack: Stack | undefined,
  table: TableDescription | undefined,
): Promise<string[]> {
  const owned = stack?.resources.get('Table');
  const current = stack?.outputs.get('TableName');
  if (current !== undefined && current !== tableName && (createTable || !isTableNamed)) {
    const settings = `TABLE_NAME=${current}${owned === current ? '' : ' and CREATE_TABLE=false'}`;
    return [
      `The stage uses the table ${current}. This deployment would move it to ${tableName}. Set ${settings}. ` +
        'To move the stage, set TABLE_NAME to an existing table, and CREATE_TABLE=false.',
    ];
  }
  if (createTable) {
    if (table === undefined || owned === tableName) return [];
    return [
      `The table ${tableName} exists, and the stack does not own it. Set CREATE_TABLE=false to use it.`,
    ];
  }
  if (table === undefined) {
    return [
      `The table ${tableName} does not exist. Set TABLE_NAME to an existing table, or CREATE_TABLE=true.`,
    ];
  }
  const difference = await findDifference(table);
  if (difference === undefined) return [];
  return [
    `The table ${tableName} lacks ${difference}. Use a table of Latchkey. A restored table needs its indexes.`,
  ];
}

async function concurrencyObstacles(
  { reservedConcurrency }: DeploymentPlan,
  stack: Stack | undefined,
  lambda: LambdaClient,
): Promise<string[]> {
  if (reservedConcurrency === 'none') return [];
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  const own = await findReserved(lambda, stack?.resources.get('ObtainLambdaFunction'));
  const free = Math.max(0, (AccountLimit?.UnreservedConcurrentExecutions ?? 0) + own - UNRESERVED);
  if (reservedConcurrency <= free) return [];
  const remedy = free === 0 ? 'none' : `none, or to at most ${free}`;
  return [
    `OBTAIN_RESERVED_CONCURRENCY reserves ${reservedConcurrency}, but the account has ${free} to reserve. Set it to ${remedy}.`,
  ];
}

/** Returns the concurrency that the deployed function reserves. The new reservation replaces it. */
async function findReserved(lambda: LambdaClient, functionName: string | undefined): Promise<number> {
  if (functionName === undefined) return 0;
  const command = new GetFunctionConcurrencyCommand({ FunctionName: functionName });
  try {
    return (await lambda.send(command)).ReservedConcurrentExecutions ?? 0;
  } catch (error) {
    if (error instanceof NoFunctionException) return 0;
    throw error;
  }
}

/** Checks that the parameter exists, without decrypting it. Without the permission, the check is skipped. */
async function secretObstacles(
  { secretParameter, stage, region }: DeploymentPlan,
  ssm: SSMClient,
): Promise<string[]> {
  try {
    await ssm.send(new GetParameterCommand({ Name: secretParameter, WithDecryption: false }));
    return [];
  } catch (error) {
    if (error instanceof Error && error.name.startsWith('AccessDenied')) return [];
    if (!(error instanceof ParameterNotFound)) throw error;
    return [
      `The signing secret ${secretParameter} (${region}) does not exist. Create it: npm run manage -- secret create --stage ${stage}`,
    ];
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
