import { defineConfig } from 'vitest/config';

/** The tests of `npm run test:peers`. They need boto3, the AWS CLI and moto, which scripts/ci-setup puts into .cache/peers. */
export default defineConfig({
  test: {
    include: ['test/peers/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Each test mostly waits for one core, and the tests do not share anything on the machine.
    maxWorkers: 2,
    setupFiles: ['test/support/fuzz-seed.ts'],
    globalSetup: ['test/support/global.ts'],
    // bake's entry sets it too. Without it the SDK warns about Node 20 in every process.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
