import { defineConfig } from 'vitest/config';

/** `npm run test:image`: needs root or user namespaces, bash, Debian's shellcheck. */
export default defineConfig({
  test: {
    include: ['test/image/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    globalSetup: ['test/support/build.ts'],
  },
});
