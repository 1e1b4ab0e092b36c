import { defineConfig } from 'vitest/config';

/** `npm run test:peers`: needs boto3, the AWS CLI, moto (scripts/ci-setup installs them into .cache/peers). */
export default defineConfig({
  test: {
    include: ['test/peers/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    fileParallelism: false,
    globalSetup: ['test/support/build.ts'],
  },
});
