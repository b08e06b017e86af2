/** `npm run test:long -- NAME`: suites that take longer than a test run may, each ending with a plain line of counts. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { NODE_FLAGS } from '../deploy/node-flags.mjs';

const ROOT = join(import.meta.dirname, '..');

const STRYKER = 'node_modules/@stryker-mutator/core/bin/stryker.js';

/** Modules to run, by name, with their arguments. */
const SUITES: Readonly<
  Record<string, { readonly run: string; readonly with?: readonly string[]; readonly about: string }>
> = {
  planted: {
    run: 'test/faults/planted/main.ts',
    about: 'bugs planted one at a time, which the faults must find, 40 min',
  },
  outages: { run: 'test/faults/outages/main.ts', about: 'a member that falls silent, a hub that is away, 6 min' },
  kills: { run: 'test/faults/kills/main.ts', about: 'the sender of each write killed before and after it, 4 min' },
  mutations: {
    run: STRYKER,
    with: ['run', 'test/mutations/stryker.config.mjs'],
    about: 'small changes of the pure files, of which the unit tests must notice 80 %, 1 h',
  },
  argo: {
    run: 'node_modules/vitest/vitest.mjs',
    with: ['run', '--project', 'workflows'],
    about: 'workflows under a real Argo, whose binaries are in the folder BERTH_ARGO_BIN, 30 min',
  },
  'record-argo': {
    run: 'node_modules/vitest/vitest.mjs',
    with: ['run', '--project', 'record'],
    about: 'what the tests of the project contract replay, anew from that Argo, of version BERTH_ARGO_VERSION, 2 min',
  },
  streams: {
    run: 'node_modules/vitest/vitest.mjs',
    with: ['run', '--project', 'streams', '--project', 'relay'],
    about: 'logs, exec and port-forward at size, by every kind of client, and cut off; the relay under load, 11 min',
  },
  webhook: { run: 'test/webhook/main.ts', about: 'the webhook under load, attack, restarts and rotation, 5 min' },
};

const [name = '', ...args] = process.argv.slice(2);
const suite = SUITES[name];
if (suite === undefined) {
  const list = Object.entries(SUITES).map(([known, { about }]) => `  ${known}  ${about}`);
  console.error(`usage: npm run test:long -- NAME\n${list.join('\n')}`);
  process.exitCode = 1;
} else {
  const run = [...NODE_FLAGS, suite.run, ...(suite.with ?? []), ...args];
  const child = spawn(process.execPath, run, { cwd: ROOT, stdio: 'inherit' });
  // A Ctrl-C goes to both; we wait for its clean-up.
  for (const by of ['SIGINT', 'SIGTERM'] as const) process.on(by, () => undefined);
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
