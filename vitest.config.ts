import { defineConfig } from 'vitest/config';

/** `npm test`: Node alone, no root, no peers. What needs those is in test/image and test/peers. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/image/**', 'test/peers/**'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    globalSetup: ['test/support/build.ts'],
  },
});
