import {
  type CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';

/** The CloudFormation stack of a stage. */
export interface Stack {
  readonly name: string;
  readonly status: string;
  readonly outputs: ReadonlyMap<string, string>;
  /** Physical ids by logical id. */
  readonly resources: ReadonlyMap<string, string>;
}

/** Finds a stack. Returns undefined if it does not exist. */
export async function findStack(client: CloudFormationClient, name: string): Promise<Stack | undefined> {
  const described = await client.send(new DescribeStacksCommand({ StackName: name })).catch((error) => {
    if (isNoStack(error)) return undefined;
    throw error;
  });
  const [stack] = described?.Stacks ?? [];
  if (stack === undefined) return undefined;
  const resources = new Map<string, string>();
  for await (const { StackResourceSummaries } of paginateListStackResources(
    { client },
    { StackName: name },
  )) {
    for (const { LogicalResourceId, PhysicalResourceId, ResourceStatus } of StackResourceSummaries ?? []) {
      if (LogicalResourceId && PhysicalResourceId && !ResourceStatus?.startsWith('DELETE')) {
        resources.set(LogicalResourceId, PhysicalResourceId);
      }
    }
  }
  return {
    name,
    status: stack.StackStatus ?? '',
    outputs: new Map(
      (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    ),
    resources,
  };
}

/**
 * Returns whether a stack runs the deployment whose artifacts are in a folder of the bucket. After a rollback or a failed
 * deployment, it runs an earlier one.
 */
export async function runsDeployment(
  client: CloudFormationClient,
  { name, status }: Stack,
  folder: string,
): Promise<boolean> {
  if (status === 'UPDATE_ROLLBACK_COMPLETE') return false;
  const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName: name }));
  return TemplateBody.includes(`${folder}/`);
}

/** CloudFormation responds with a ValidationError if a stack does not exist. */
const isNoStack = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist');
