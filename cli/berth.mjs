#!/usr/bin/env -S node --max-semi-space-size=64
// The sources are TypeScript that Node 24 runs as it is. An older Node finds the one that npm installed beside us.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../deploy/node-flags.mjs';

const [major = 0] = process.versions.node.split('.').map(Number);
const bundled = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const main = fileURLToPath(new URL('./main.ts', import.meta.url));
if (major >= 24) {
  await import(main);
} else if (existsSync(bundled)) {
  const child = spawnSync(bundled, [...NODE_FLAGS, main, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = child.status ?? 1;
} else {
  process.stderr.write(
    `berth needs Node 24 or newer (this is ${process.version}); run npm install in the project first\n`,
  );
  process.exitCode = 1;
}
