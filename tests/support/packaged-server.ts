import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { contentsOf, moduleOf, unpack } from '../../tools/harness/packaged-function.ts';
import { type RunningServer, startServer } from '../../tools/harness/server.ts';
import type { ArtifactDefinition } from './artifact-process.ts';
import { artifactsOf, type PackagedService, packageService } from './package-service.ts';

const ARTIFACT_PROCESS = fileURLToPath(new URL('artifact-process.ts', import.meta.url));

const functionSchema = v.object({
  Handler: v.string(),
  Environment: v.object({ Variables: v.record(v.string(), v.string()) }),
});

/**
 * Starts the local gateway in front of the packaged functions: each artifact runs in a separate process, with its
 * variables from the template, the local table and the local secret.
 */
export async function startPackagedServer(env: Readonly<Record<string, string>>): Promise<RunningServer> {
  const packaged = await packageService('local', env);
  const root = join(packaged.folder, '..');
  try {
    for (const name of await artifactsOf(packaged)) await replaceByArtifact(packaged, root, name);
    const server = await startServer({ root, env });
    return {
      ...server,
      stop: async (signal) => {
        const code = await server.stop(signal);
        await packaged.remove();
        return code;
      },
    };
  } catch (error) {
    await packaged.remove();
    throw error;
  }
}

/** Replaces the function's source with a handler that forwards each event to the artifact's process. */
async function replaceByArtifact(packaged: PackagedService, root: string, name: string): Promise<void> {
  const folder = join(root, 'artifacts', name);
  await unpack(await contentsOf(join(packaged.folder, `${name}.zip`)), folder);
  const resource = packaged.template.Resources[`${name[0]?.toUpperCase()}${name.slice(1)}LambdaFunction`];
  const { Handler, Environment } = v.parse(functionSchema, resource?.Properties);
  const module = join(folder, `${Handler.slice(0, Handler.lastIndexOf('.'))}.mjs`);
  const { JWT_SECRET_PARAMETER, TABLE_NAME: _, ...variables } = Environment.Variables;
  const definition: ArtifactDefinition = { folder, module, env: variables };
  const local = [
    'TABLE_NAME',
    'DYNAMODB_ENDPOINT',
    ...(JWT_SECRET_PARAMETER === undefined ? [] : ['JWT_SECRET_KEY']),
  ];
  await writeFile(
    join(root, 'functions', `${moduleOf(name)}.ts`),
    [
      `import { createArtifactHandler } from ${JSON.stringify(ARTIFACT_PROCESS)};`,
      `const definition = ${JSON.stringify(definition)};`,
      `const local = Object.fromEntries(${JSON.stringify(local)}.map((name) => [name, process.env[name] ?? '']));`,
      'export const handler = createArtifactHandler({ ...definition, env: { ...definition.env, ...local } });',
    ].join('\n'),
  );
}
