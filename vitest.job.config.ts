import { defineConfig } from 'vitest/config';

/** `npm run test:job`: the rehearsal engine; the main job killed at every boundary and broken at every step. Needs namespaces, or takes long. */
export default defineConfig({
  test: {
    include: ['test/job/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    fileParallelism: false,
    globalSetup: ['test/support/global.ts'],
    // As bake's own entry does: the SDK warns about Node 20 in every process.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
