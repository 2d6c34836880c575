import { defineConfig } from 'vitest/config';
import { ANSWER_MS, TEST_MS } from './tools/harness/time-limits.ts';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // Run by vitest.deploy.config.ts.
    exclude: ['tests/deploy/**'],
    setupFiles: ['tests/setup.ts'],
    testTimeout: TEST_MS,
    hookTimeout: TEST_MS,
    expect: { poll: { timeout: ANSWER_MS } },
    // The SDK warns on Node 20, which is supported here.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
