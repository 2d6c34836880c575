import { createHash } from 'node:crypto';
import type { Template } from './cloudformation.ts';
import { resolveConditions } from './conditions.ts';

const DEPLOYMENT = 'AWS::ApiGateway::Deployment';
/** The name by which `deploy/resources` refers to the deployment. */
const REFERENCE = 'ApiGatewayDeployment';

/** The types whose resources a deployment of an API captures. */
const CAPTURED = new Set(
  ['RestApi', 'Resource', 'Method', 'Authorizer', 'GatewayResponse'].map(
    (name) => `AWS::ApiGateway::${name}`,
  ),
);

/**
 * Changes what the framework compiled, in place:
 *
 * - Conditions on settings are resolved.
 * - The deployment names no stage, because the stage is a resource of its own (`deploy/resources/stage.yml`).
 * - The deployment is named by a hash of what it captures. The framework names it by a random number, so that no two
 *   templates are equal and an unchanged service is deployed again.
 * - The table is created after everything else. It is retained when a deployment is rolled back, and its name is fixed: a
 *   table that an earlier failure left behind would make every later deployment fail.
 */
export function finishTemplate(template: Template): void {
  resolveConditions(template);
  for (const { Type, Properties } of Object.values(template.Resources)) {
    if (Type === DEPLOYMENT) delete Properties?.StageName;
  }
  nameDeployment(template);
  createLast(template, 'Table');
}

function nameDeployment(template: Template): void {
  const entries = Object.entries(template.Resources);
  const captured = entries.filter(([, { Type }]) => CAPTURED.has(Type));
  const hash = createHash('sha256').update(JSON.stringify(captured)).digest('hex').slice(0, 16);
  const [name] = entries.find(([, { Type }]) => Type === DEPLOYMENT) ?? [];
  if (name === undefined) throw new Error('The template has no deployment of the API.');
  const newName = JSON.stringify(`${REFERENCE}${hash}`);
  const renamed: Template = JSON.parse(
    [name, REFERENCE].reduce(
      (text, old) => text.replaceAll(JSON.stringify(old), newName),
      JSON.stringify(template),
    ),
  );
  template.Resources = renamed.Resources;
  if (renamed.Outputs !== undefined) template.Outputs = renamed.Outputs;
}

function createLast({ Resources }: Template, name: string): void {
  const last = Resources[name];
  if (last !== undefined) last.DependsOn = Object.keys(Resources).filter((other) => other !== name);
}
