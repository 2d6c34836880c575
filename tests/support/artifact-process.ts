import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';

const RUNTIME = fileURLToPath(new URL('artifact-runtime.mjs', import.meta.url));
const replySchema = v.variant('kind', [
  v.object({ kind: v.literal('result'), id: v.number(), result: v.unknown() }),
  v.object({ kind: v.literal('error'), id: v.number(), message: v.string() }),
]);

interface Invocation {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The functions of a package: the folder of each, and its environment variables from the template. */
export interface ArtifactDefinition {
  readonly folder: string;
  readonly module: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Creates a handler that runs an unpacked artifact in a separate process, as Lambda does. The process starts at the
 * first invocation and ends with this process. Its environment contains only the variables of the function.
 */
export function createArtifactHandler(definition: ArtifactDefinition) {
  const invocations = new Map<number, Invocation>();
  let child: ChildProcess | undefined;
  let lastId = 0;
  return (event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<unknown> => {
    child ??= start(definition, invocations, () => {
      child = undefined;
    });
    const id = ++lastId;
    const response = new Promise((resolve, reject) => invocations.set(id, { resolve, reject }));
    child.send({ id, event, remainingMs: context.getRemainingTimeInMillis() });
    return response;
  };
}

function start(
  { folder, module, env }: ArtifactDefinition,
  invocations: Map<number, Invocation>,
  onEnd: () => void,
): ChildProcess {
  const child = fork(RUNTIME, [module], { cwd: folder, env: { ...env }, execArgv: [], stdio: 'inherit' });
  child.on('message', (message) => {
    const reply = v.parse(replySchema, message);
    const invocation = invocations.get(reply.id);
    invocations.delete(reply.id);
    if (reply.kind === 'result') invocation?.resolve(reply.result);
    else invocation?.reject(new Error(reply.message));
  });
  child.once('exit', (code) => {
    onEnd();
    for (const { reject } of invocations.values()) reject(new Error(`the function's process ended: ${code}`));
    invocations.clear();
  });
  return child;
}
