import type { DeploymentSettings, DeploymentTarget } from './settings.ts';
import type { Stack } from './stack.ts';

const OUTPUTS = [
  ['ApiUrl', 'API'],
  ['DomainUrl', 'Domain'],
  ['DomainTarget', 'DomainTarget'],
  ['TableName', 'Table'],
] as const;

/** Describes the outputs of a stage. `DomainTarget` is the value of the CNAME or alias record of the domain. */
export function describeOutputs({ outputs }: Stack): string {
  const lines = OUTPUTS.flatMap(([name, label]) => {
    const value = outputs.get(name);
    return value === undefined ? [] : [`  ${`${label}:`.padEnd(14)}${value}`];
  });
  return ['', ...lines].join('\n');
}

type Removed = DeploymentTarget & Pick<DeploymentSettings, 'JWT_SECRET_PARAMETER'>;

/** Describes the resources that the removal of a stage keeps, and the commands that delete them. */
export function describeKept({ resources, outputs }: Stack, removed: Removed): string {
  const { region, stage, JWT_SECRET_PARAMETER } = removed;
  // The table is created last, so a stack whose creation failed has none.
  const table = outputs.get('TableName') ?? resources.get('Table');
  const logsRole = resources.get('ApiGatewayLogsRole');
  return [
    ...(table === undefined
      ? []
      : [
          '',
          `Kept: the table ${table}, with all users and posts. To use it again, together with all other settings of the stage:`,
          `  CREATE_TABLE=false TABLE_NAME=${table} npm run deploy -- --stage ${stage}`,
          'To delete it permanently:',
          `  aws dynamodb update-table --region ${region} --table-name ${table} --no-deletion-protection-enabled`,
          `  aws dynamodb delete-table --region ${region} --table-name ${table}`,
        ]),
    '',
    `Kept: the secret in the parameter ${JWT_SECRET_PARAMETER}. To delete it, which invalidates all tokens permanently:`,
    `  aws ssm delete-parameter --region ${region} --name ${JWT_SECRET_PARAMETER}`,
    ...(logsRole === undefined
      ? []
      : [
          '',
          `Kept: the role ${logsRole}, with which API Gateway writes the logs of all APIs of the account in ${region}.`,
          'If no other API needs it:',
          `  aws iam detach-role-policy --role-name ${logsRole} --policy-arn ${LOGS_POLICY}`,
          `  aws iam delete-role --role-name ${logsRole}`,
        ]),
  ].join('\n');
}

const LOGS_POLICY = 'arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs';
