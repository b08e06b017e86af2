import { defineConfig } from 'vitest/config';

/** The tests beside the code, without what starts servers or other processes. */
export default defineConfig({
  test: {
    include: ['{api,webhook,agent,scheduler,deploy}/**/*.test.ts'],
    testTimeout: 20_000,
    expect: { poll: { timeout: 4000 } },
  },
});
