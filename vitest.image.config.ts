import { defineConfig } from 'vitest/config';

/** The tests of `npm run test:image`, which need root or user namespaces, bash, and Debian's shellcheck. */
export default defineConfig({
  test: {
    include: ['test/lab/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Each test waits mostly for one core, and the tests do not share anything on the machine.
    maxWorkers: 2,
    setupFiles: ['test/support/fuzz-seed.ts'],
    globalSetup: ['test/support/global.ts', 'test/lab/support/lab-setup.ts'],
    // bake's entry sets it too. Without it the SDK warns about Node 20 in every process.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
