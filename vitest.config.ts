import { defineConfig } from 'vitest/config';

const MINUTE = 60_000;

/** Tests on real clusters of this machine: one file after the other, in one process. */
const live = (name: string, globalSetup: string[] = [], more: object = {}) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.live.test.ts`],
    globalSetup,
    pool: 'forks' as const,
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 5 * MINUTE,
    hookTimeout: 10 * MINUTE,
    ...more,
  },
});

export default defineConfig({
  test: {
    // A second, as vitest has it, is short on a machine that is busy.
    expect: { poll: { timeout: 4000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.live.test.ts'],
          // Properties take a second; on a machine that is busy with clusters, ten.
          testTimeout: 20_000,
        },
      },
      live('cluster'),
      live('journeys', ['test/journeys/setup.ts']),
      live('placement', ['test/placement/setup.ts']),
      live('access', ['test/placement/setup.ts']),
      live('certificates'),
      live('argo', ['test/placement/setup.ts']),
      // Half of them wait at the same time, for a garbage collector that has yet to hear of a new kind.
      live('contract', ['test/journeys/setup-apart.ts'], { maxConcurrency: 10 }),
      live('record', ['test/journeys/setup.ts'], { include: ['test/contract/*.record.ts'] }),
      live('streams', ['test/journeys/setup-apart.ts'], {
        include: ['test/streams/**/*.live.test.ts', 'test/journeys/streams.live.test.ts'],
      }),
      live('relay'),
      live('workflows', ['test/journeys/setup-apart.ts']),
      live('faults', ['test/faults/setup.ts']),
    ],
  },
});
