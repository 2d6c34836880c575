import type { Files } from './bundle.ts';

/** The artifact of a function. */
export interface Artifact {
  readonly name: string;
  readonly files: Files;
  readonly zipBytes: number;
  readonly startBytes: number;
}

const count = (bytes: number) => bytes.toLocaleString('en').padStart(11);

/**
 * Describes the size of each artifact.
 *
 * @param withFiles whether to list the files of each artifact
 */
export function report(artifacts: readonly Artifact[], withFiles: boolean): string {
  if (!withFiles) return artifacts.map(headOf).join('\n');
  return artifacts.map((artifact) => [headOf(artifact), ...contentOf(artifact)].join('\n')).join('\n\n');
}

const headOf = ({ name, zipBytes, startBytes }: Artifact) =>
  `${name}: ${count(zipBytes).trim()} bytes, ${count(startBytes).trim()} of JavaScript loaded before the first invocation`;

const contentOf = ({ files }: Artifact) =>
  Object.entries(files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, { byteLength }]) => `${count(byteLength)}  ${path}`);
