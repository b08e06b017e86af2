import { configDefaults, defineConfig } from 'vitest/config';

/** The tests beside the code, without what starts servers or other processes. */
export default defineConfig({
  test: {
    include: ['{api,webhook,agent,scheduler,deploy}/**/*.test.ts'],
    // They try hundreds of cases, and touch nearly everything: for each mutant again, that took hours for a few more found.
    exclude: [...configDefaults.exclude, '**/*.properties.test.ts', 'scheduler/**/reconciler.test.ts'],
    testTimeout: 20_000,
    expect: { poll: { timeout: 4000 } },
  },
});
