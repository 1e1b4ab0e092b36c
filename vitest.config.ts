import { defineConfig } from 'vitest/config';

/** The tests of `npm test`, which need only Node. Those that need root or peers are in test/lab, test/job and test/peers. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/lab/**', 'test/job/**', 'test/peers/**'],
    // All cores: by default vitest leaves one unused.
    maxWorkers: '100%',
    // Loading all modules again for each file took a third of the time.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 30_000,
    setupFiles: ['test/support/fuzz-seed.ts'],
    globalSetup: ['test/support/global.ts'],
    // bake's entry sets it too. Without it the SDK warns about Node 20 in every process.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
