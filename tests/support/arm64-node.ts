import { execFileSync } from 'node:child_process';

/** The libraries of an arm64 system, at the path of Debian's cross packages. */
const SYSROOT = process.env.QEMU_LD_PREFIX || '/usr/aarch64-linux-gnu';

export interface Arm64Node {
  /** The command that runs Node for arm64, with its first arguments. Undefined if this machine has none. */
  readonly command: readonly [string, ...string[]] | undefined;
  /** The reason why there is none. */
  readonly reason: string;
}

/** Finds Node for arm64 Linux: the one that runs the tests, or the one that `ARM64_NODE` names, under QEMU. */
export function findArm64Node(): Arm64Node {
  if (process.platform === 'linux' && process.arch === 'arm64') return found([process.execPath]);
  const node = process.env.ARM64_NODE;
  if (!node) return missing('ARM64_NODE does not name a Node for arm64');
  const command = ['qemu-aarch64', '-L', SYSROOT, node] as const;
  try {
    const [program, ...args] = command;
    execFileSync(program, [...args, '-p', 'process.arch'], { stdio: 'pipe' });
    return found(command);
  } catch (error) {
    const [line = ''] = String(error)
      .split('\n')
      .filter((text) => text.trim() !== '')
      .slice(-1);
    return missing(`qemu-aarch64 does not run it: ${line}`);
  }
}

const found = (command: readonly [string, ...string[]]): Arm64Node => ({ command, reason: '' });
const missing = (reason: string): Arm64Node => ({ command: undefined, reason });
