import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of ours that has said where it answers. */
export interface Child {
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts a module of this folder in a process of its own, and waits for the address that it sends. */
export async function startChild(module: string): Promise<Child> {
  const child = fork(fileURLToPath(new URL(module, import.meta.url)), { execArgv: ['--import', 'tsx'] });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${module} ended before it answered`);
  });
  const [address] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {});
  return {
    address: String(address),
    stop: async () => {
      child.kill();
      await ended.catch(() => {});
    },
  };
}
