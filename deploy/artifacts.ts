import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { archive } from './archive.ts';
import { bundle, type Files } from './bundle.ts';
import { nativeFiles } from './native-files.ts';
import type { Artifact } from './report.ts';

/** The folder of the artifacts, relative to the root of the project. */
export const FOLDER = '.serverless';

export interface FunctionDefinition {
  readonly handler: string;
  /** `patterns` are the paths of files that the function reads. Each names one file. */
  package?: { artifact: string } | { readonly patterns: readonly string[] };
}

/** Writes the artifact of each function, and sets its path in the definition of the function. */
export async function writeArtifacts(
  root: string,
  functions: Readonly<Record<string, FunctionDefinition>>,
): Promise<Artifact[]> {
  await mkdir(join(root, FOLDER), { recursive: true });
  const artifacts: Artifact[] = [];
  for (const [name, definition] of Object.entries(functions)) {
    const entry = definition.handler.replace(/\.[^./]+$/, '.ts');
    const { files: bundled, startBytes, externals } = await bundle(root, entry);
    const files = {
      ...bundled,
      ...(await nativeFiles(root, externals)),
      ...(await packagedFiles(root, definition)),
    };
    const zip = archive(files);
    const path = join(FOLDER, `${name}.zip`);
    await writeFile(join(root, path), zip);
    definition.package = { artifact: path };
    artifacts.push({ name, files, zipBytes: zip.byteLength, startBytes });
  }
  return artifacts;
}

/** Reads the files that `package.patterns` of a function names. */
async function packagedFiles(root: string, { package: given }: FunctionDefinition): Promise<Files> {
  const paths = given !== undefined && 'patterns' in given ? given.patterns : [];
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(root, path))] as const)),
  );
}
