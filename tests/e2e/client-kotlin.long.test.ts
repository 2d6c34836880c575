import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCENARIOS } from '../../tools/client-kit/scenarios.ts';
import { type KitServer, startKitServer } from '../../tools/client-kit/server.ts';
import { BLOCKS } from '../support/documentation.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIBRARIES = join(ROOT, '.tools/kotlin');
const COMPILER = 'org.jetbrains.kotlin.cli.jvm.K2JVMCompiler';

/** Why the tests are skipped, or undefined. */
function missing(): string | undefined {
  if (spawnSync('java', ['-version']).error) return 'java is not installed';
  return existsSync(LIBRARIES) ? undefined : 'the Kotlin compiler is not in .tools/kotlin';
}
const reason = missing();

let folder: string;
let kit: KitServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-kotlin-'));
  kit = await startKitServer(0);
});
afterAll(async () => {
  await kit.close();
  await rm(folder, { recursive: true, force: true });
});

const java = (classPath: string, ...args: string[]) =>
  promisify(execFile)('java', ['-cp', classPath, ...args], { cwd: ROOT });

describe('docs/mobile-kotlin.md', () => {
  it.skipIf(reason !== undefined)(
    `has Kotlin that compiles and passes all scenarios of the kit${reason ? ` (skipped: ${reason})` : ''}`,
    async () => {
      const source = join(folder, 'session.kt');
      const [block, ...others] = BLOCKS.filter(({ language }) => language === 'kotlin');
      expect(others).toEqual([]);
      await writeFile(source, block?.text ?? '');
      const program = join(folder, 'program');
      const libraries = `${LIBRARIES}/*`;

      await java(
        libraries,
        COMPILER,
        ...['-no-stdlib', '-no-reflect', '-nowarn', '-jvm-target', '17', '-d', program],
        ...[
          '-cp',
          ['kotlin-stdlib-2.1.20.jar', 'json-20250107.jar'].map((jar) => join(LIBRARIES, jar)).join(':'),
        ],
        source,
        'tests/kotlin/driver.kt',
      );
      const { stdout } = await java(`${program}:${libraries}`, 'DriverKt', kit.url);
      expect(kit.kit.verdicts.filter(({ passed }) => !passed)).toEqual([]);
      expect(kit.kit.verdicts).toHaveLength(SCENARIOS.length);
      expect(stdout.match(/true/g)).toHaveLength(SCENARIOS.length);
    },
  );
});
