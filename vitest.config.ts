import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // Run by vitest.deploy.config.ts.
    exclude: ['tests/deploy/**'],
    setupFiles: ['tests/setup.ts'],
    // The SDK warns on Node 20, which is supported here.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
