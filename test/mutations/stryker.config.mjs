/** Bugs of every simple kind, planted one at a time in the pure files; the unit tests have to find at least 80 % of them. */
import { globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPure } from '../pure-files.ts';

export default {
  mutate: globSync('{api,webhook,agent,scheduler}/**/*.ts').filter(isPure).sort(),
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutations/vitest.config.ts' },
  coverageAnalysis: 'perTest',
  // Tables of constants are read by every test: each of them would take minutes.
  ignoreStatic: true,
  concurrency: 2,
  thresholds: { high: 90, low: 80, break: 80 },
  reporters: ['clear-text', 'progress-append-only', 'json'],
  clearTextReporter: { logTests: false, reportTests: false, reportMutants: false },
  jsonReporter: { fileName: '.mutations/report.json' },
  // Outside: a second copy of our configuration would be in the way of the linter.
  tempDirName: join(tmpdir(), 'berth-mutations'),
  ignorePatterns: ['.mutations'],
  allowEmpty: false,
};
