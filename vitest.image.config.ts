import { defineConfig } from 'vitest/config';

/** `npm run test:image`: needs root or user namespaces, bash, Debian's shellcheck. */
export default defineConfig({
  test: {
    include: ['test/lab/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Most of a test is waiting for one core; what they watch of the machine is their own.
    maxWorkers: 2,
    globalSetup: ['test/support/global.ts', 'test/lab/support/lab-setup.ts'],
    // As bake's own entry does: the SDK warns about Node 20 in every process.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
