import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { RESPONSE_MS, TEST_MS } from './tools/harness/time-limits.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** How many random cases a property is tried with. Slow properties use a fraction of it. */
    fuzzRuns: number;
  }
}

const EVERY = ['tests/**/*.test.ts'];
/** Tests that take long by nature: they kill servers, deploy, package twice, emulate a processor or run for a set time. */
const LONG = ['tests/**/*.long.test.ts', 'tests/deploy/**/*.test.ts'];
/** Tests with random input. Both tiers run them: a few hundred cases in the short one, thousands in the long one. */
const FUZZ = ['tests/**/*fuzz.test.ts'];

const SETUP = ['tests/global-setup.ts'];
const SHORT_TIER = { include: EVERY, exclude: LONG, fuzzRuns: 200, globalSetup: SETUP };
/** What runs instead with a `--mode` of this name. */
const TIERS = new Map([
  ['long', { include: [...LONG, ...FUZZ], exclude: [], fuzzRuns: 8_000, globalSetup: SETUP }],
  ['all', { include: EVERY, exclude: [], fuzzRuns: 8_000, globalSetup: SETUP }],
  [
    'engine',
    {
      include: ['tests/integration/**/*.test.ts', 'tests/e2e/{contract,manage*,smoke}.test.ts'],
      exclude: LONG,
      fuzzRuns: 200,
      globalSetup: [...SETUP, 'tests/second-engine.ts'],
    },
  ],
]);

/** Folders of tests, slowest files first. */
const ORDER = ['e2e', 'template', 'deploy', 'django', 'integration', 'unit'];
const rankOf = ({ moduleId }: TestSpecification) =>
  ORDER.findIndex((folder) => moduleId.includes(`/tests/${folder}/`));

/** Runs the slow files first, so that no worker runs one alone at the end. Without a cache, vitest has no durations. */
class SlowFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((one, other) => rankOf(one) - rankOf(other));
  }
}

export default defineConfig(({ mode }) => {
  const { include, exclude, fuzzRuns, globalSetup } = TIERS.get(mode) ?? SHORT_TIER;
  return {
    test: {
      include,
      exclude,
      provide: { fuzzRuns },
      // More than cores, because tests wait for processes, deadlines and pauses.
      maxWorkers: Math.ceil(availableParallelism() * 1.5),
      sequence: { sequencer: SlowFilesFirst },
      // A test shares no state of a module with another, so the files of a worker share the loaded modules.
      isolate: false,
      globalSetup,
      setupFiles: ['tests/setup.ts'],
      testTimeout: TEST_MS,
      hookTimeout: TEST_MS,
      expect: { poll: { timeout: RESPONSE_MS } },
      // The SDK warns on Node 20, which is supported here.
      env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    },
  };
});
