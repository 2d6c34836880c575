import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { inject } from 'vitest';
import { copyPrograms } from './programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMMAND = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

/** The parts of the project that a deployment reads, except the packages. */
const SOURCES = [
  'functions',
  'lib',
  'local',
  'deploy',
  'docs',
  'docs-page',
  'tools',
  'package.json',
  'serverless.yml',
  'tsconfig.json',
];

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
const templateSchema = v.object({
  Resources: v.record(v.string(), resourceSchema),
  Outputs: v.record(v.string(), v.looseObject({ Value: v.unknown() })),
});
const stateSchema = v.object({
  service: v.object({
    custom: v.object({ publicRoutes: v.array(v.string()) }),
    provider: v.object({ region: v.string() }),
  }),
});

export type Resource = v.InferOutput<typeof resourceSchema>;

export interface Package {
  /** The folder with the artifacts, the template and the state of the framework. */
  readonly folder: string;
  /** The output of the command. */
  readonly output: string;
  /** The template that a deployment sends to CloudFormation. */
  readonly template: v.InferOutput<typeof templateSchema>;
  /** Routes without the authorizer, as `serverless.yml` names them. */
  readonly publicRoutes: readonly string[];
  readonly region: string;
}

/** A package of one test file. */
export interface PackagedService extends Package {
  remove(): Promise<void>;
}

type Settings = Readonly<Record<string, string>>;

/** Copies the parts of the project that a deployment and a local start read to a new folder. The caller must remove it. */
export async function copyProject(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'latchkey-project-'));
  for (const name of SOURCES) await cp(join(ROOT, name), join(root, name), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return root;
}

/** Packages a stage as `npm run package` does, from a copy of the project and without AWS variables in the environment. */
export async function packageService(stage: string, env: Settings = {}): Promise<PackagedService> {
  return packageProject(await copyProject(), stage, env);
}

/** Packages a stage for a test that reads its template only. The plugins of the framework are the bundled ones. */
export async function packageTemplate(stage: string, env: Settings = {}): Promise<PackagedService> {
  return packageProject(await copyWithEmptyFunctions(), stage, env, ['--import', './deploy/unset-empty.mjs']);
}

/** Packages the stage `test` with the default settings. */
export const defaultTemplate = (): Promise<Package> => sharedTemplate('default-template', {});

/** Packages the stage `test` with all functions. */
export const completeTemplate = (): Promise<Package> => sharedTemplate('complete-template', { DOCS: 'true' });

/** Packages a stage once for all files that read its template. The folder is removed at the end of the run. */
async function sharedTemplate(name: string, settings: Settings): Promise<Package> {
  const shared = join(inject('sharedFolder'), name);
  if (!existsSync(shared)) {
    const { folder, remove } = await packageTemplate('test', settings);
    // Another worker may have packaged it at the same time. Both packages are the same.
    await rename(folder, shared).catch(() => {});
    await remove();
  }
  return readPackage(shared, '');
}

/** Copies the bundled programs with functions that do nothing, so that bundling them takes no time. */
export async function copyWithEmptyFunctions(): Promise<string> {
  const root = await copyPrograms(join(tmpdir(), 'latchkey-project-'));
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  await emptyFunctions(root);
  return root;
}

async function emptyFunctions(root: string): Promise<void> {
  for (const name of await readdir(join(ROOT, 'functions'))) {
    await writeFile(join(root, 'functions', name), 'export const handler = () => {};');
  }
}

const SOURCE_ARGUMENTS = [
  ...['--import', import.meta.resolve('tsx')],
  ...['--import', './deploy/unset-empty.ts'],
];

async function packageProject(
  root: string,
  stage: string,
  env: Settings,
  nodeArguments: readonly string[] = SOURCE_ARGUMENTS,
): Promise<PackagedService> {
  const remove = () => rm(root, { recursive: true, force: true });
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...nodeArguments, COMMAND, 'package', '--stage', stage],
      { cwd: root, env: { ...withoutSettings(process.env), ...env }, maxBuffer: 16 * 1024 * 1024 },
    );
    return { ...(await readPackage(join(root, '.serverless'), stdout)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function readPackage(folder: string, output: string): Promise<Package> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(folder, name), 'utf8'));
  const { service } = v.parse(stateSchema, await read('serverless-state.json'));
  return {
    folder,
    output,
    template: v.parse(templateSchema, await read('cloudformation-template-update-stack.json')),
    publicRoutes: service.custom.publicRoutes,
    region: service.provider.region,
  };
}

/** The names of the artifacts of a package. */
export const artifactsOf = async ({ folder }: Package): Promise<string[]> =>
  (await readdir(folder))
    .filter((name) => name.endsWith('.zip'))
    .map((name) => name.slice(0, -'.zip'.length));

/** Removes settings and AWS credentials from an environment, so that a package does not depend on the machine. */
export const withoutSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(
      ([name]) =>
        !/^(JWT_|CORS_|LOGIN_|CREATE_TABLE$|WAF_|DYNAMODB_|DOCS$|AUTHORIZER_|THROTTLE_|PASSWORD_|API_|ALARM_|OBTAIN_|LOG_|SERVICE_NAME$|SESSIONS_|REFRESH_|TABLE_NAME$|AWS_)/.test(
          name,
        ),
    ),
  );
