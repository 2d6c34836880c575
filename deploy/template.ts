import { createHash } from 'node:crypto';
import type { Template } from './cloudformation.ts';
import { resolveConditions } from './conditions.ts';

const DEPLOYMENT = 'AWS::ApiGateway::Deployment';
/** The name that `deploy/resources` uses for the deployment. */
const REFERENCE = 'ApiGatewayDeployment';

/** The types of resources that a deployment of an API includes. */
const INCLUDED = new Set(
  ['RestApi', 'Resource', 'Method', 'Authorizer', 'GatewayResponse'].map(
    (name) => `AWS::ApiGateway::${name}`,
  ),
);

/**
 * Changes the compiled template of the framework in place:
 *
 * - Resolves the conditions on settings.
 * - Removes the stage from the deployment, because the stage is a separate resource (`deploy/resources/stage.yml`).
 * - Names the deployment by a hash of the resources that it includes. The framework uses a random number, so an unchanged
 *   service would be deployed again.
 * - Creates the table last. A rollback retains the table, and its name is fixed, so a table that remains after a failure
 *   would make every later deployment fail.
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
  const included = entries.filter(([, { Type }]) => INCLUDED.has(Type));
  const hash = createHash('sha256').update(JSON.stringify(included)).digest('hex').slice(0, 16);
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
