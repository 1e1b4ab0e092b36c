import { defineConfig } from 'vitest/config';

/** `npm test`: Node alone, no root, no peers. What needs those is in test/lab, test/job and test/peers. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/lab/**', 'test/job/**', 'test/peers/**'],
    // Every core: left alone, vitest keeps one free.
    maxWorkers: '100%',
    // Loading every module again for each file took a third of the time.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 30_000,
    globalSetup: ['test/support/global.ts'],
    // As bake's own entry does: the SDK warns about Node 20 in every process.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
