import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMMAND = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

/** An archive without entries: what a template says does not depend on the code. */
const EMPTY_ZIP = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]);

const serviceSchema = v.looseObject({
  custom: v.looseObject({ publicRoutes: v.array(v.string()) }),
  functions: v.record(v.string(), v.looseObject({})),
});
const resourceSchema = v.looseObject({
  Type: v.string(),
  DependsOn: v.optional(
    v.pipe(
      v.union([v.string(), v.array(v.string())]),
      v.transform((names) => (typeof names === 'string' ? [names] : names)),
    ),
    [],
  ),
  Properties: v.optional(v.record(v.string(), v.unknown()), {}),
});
const templateSchema = v.object({ Resources: v.record(v.string(), resourceSchema) });

export type Resource = v.InferOutput<typeof resourceSchema>;

export interface Synthesised {
  /** `serverless.yml` with every variable resolved. */
  readonly service: v.InferOutput<typeof serviceSchema>;
  /** The resources of the CloudFormation template, by their logical id. */
  readonly resources: Readonly<Record<string, Resource>>;
}

/** Makes the CloudFormation template of a stage as a deployment would, without an account and without the network. */
export async function synthesise(
  stage: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Synthesised> {
  const run = (cwd: string, ...args: string[]) =>
    promisify(execFile)(process.execPath, ['--import', import.meta.resolve('tsx'), COMMAND, ...args], {
      cwd,
      env: { ...withoutSettings(process.env), ...env },
      maxBuffer: 16 * 1024 * 1024,
    });
  const printed = await run(ROOT, 'print', '--stage', stage, '--format', 'json');
  const service = v.parse(serviceSchema, JSON.parse(printed.stdout));
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-template-'));
  try {
    const functions = Object.entries(service.functions).map(([key, { name: _, ...definition }]) => [
      key,
      definition,
    ]);
    const packaged = {
      ...service,
      functions: Object.fromEntries(functions),
      plugins: [],
      package: { artifact: 'empty.zip' },
    };
    await writeFile(join(folder, 'empty.zip'), EMPTY_ZIP);
    await writeFile(join(folder, 'serverless.json'), JSON.stringify(packaged));
    await run(folder, 'package', '--stage', stage);
    const file = join(folder, '.serverless', 'cloudformation-template-update-stack.json');
    const template = v.parse(templateSchema, JSON.parse(await readFile(file, 'utf8')));
    return { service, resources: template.Resources };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Settings of whoever runs the tests would show in the template. */
const withoutSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(JWT_|CORS_|LOGIN_|AUTHORIZER_|TABLE_NAME$|AWS_)/.test(name)),
  );
