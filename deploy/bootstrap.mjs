// `node deploy/bootstrap.mjs FILE ARGS…`, with which npm scripts begin: runs FILE under Node 24 on a machine that has just
// any Node and npm. Plain JavaScript, since an older Node starts it; what it starts is TypeScript that Node 24 runs as it
// is. npm has put node_modules/.bin on the PATH already.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from './node-flags.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bundled = `${root}node_modules/node/bin/node`;
const installed = `${root}node_modules/.package-lock.json`;

const isCurrent = () =>
  existsSync(bundled) &&
  existsSync(installed) &&
  statSync(installed).mtimeMs >= statSync(`${root}package-lock.json`).mtimeMs;

if (!isCurrent()) {
  process.stderr.write('installing npm packages …\n');
  // Not `npm ci`: it refuses a lockfile that lacks an optional package of some other platform, and not every registry
  // has them all. On stderr: the last line of stdout belongs to the program.
  const { status } = spawnSync('npm', ['install', '--no-save', '--no-fund', '--no-audit'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) process.exit(status ?? 1);
}

const [file, ...args] = process.argv.slice(2);
const child = spawn(bundled, [...NODE_FLAGS, file, ...args], { stdio: 'inherit' });
// At a terminal, Ctrl-C reaches the child by itself; what is sent to us alone is passed on. The child decides when to end.
process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
