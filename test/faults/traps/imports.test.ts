import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const KUBE = new URL('../../../kube/index.ts', import.meta.url).href;

/** Prints the packages whose files are loaded by importing kube, and by importing only what a kubeconfig needs. */
const SCRIPT = `
  import { registerHooks } from 'node:module';
  const packages = new Set();
  registerHooks({
    load(url, context, next) {
      packages.add(/node_modules[/]((@[^/]+[/])?[^/]+)/.exec(url)?.[1]);
      return next(url, context);
    },
  });
  await import(${JSON.stringify(KUBE)});
  console.log(JSON.stringify([...packages].filter(Boolean)));
`;

describe('traps of Kubernetes clients in Node', () => {
  test('20 importing kube does not load client-node, which takes a third of a second', {
    timeout: 30_000,
  }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', SCRIPT]);
    const packages = JSON.parse(stdout) as string[];
    expect(packages).toContain('undici');
    expect(packages).not.toContain('@kubernetes/client-node');
  });
});
