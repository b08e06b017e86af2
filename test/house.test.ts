/** Rules of the house that no tool holds: what pure files may not touch, how long files are, what the lockfile names. */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NODE_FLAGS } from '../deploy/node-flags.mjs';
import { isPure } from './pure-files.ts';

const ROOT = join(import.meta.dirname, '..');
const MAX_LINES = 250;

interface Source {
  path: string;
  text: string;
}

async function sources(): Promise<Source[]> {
  const found: Source[] = [];
  for await (const path of glob('{api,kube,webhook,agent,scheduler,certs,cli,deploy,test}/**/*.{ts,mjs}', {
    cwd: ROOT,
  }))
    found.push({ path, text: await readFile(join(ROOT, path), 'utf8') });
  return found;
}

/** Comments may speak of what code may not do. */
const codeOf = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');

const offenders = (files: Source[], pattern: RegExp): string[] =>
  files.filter(({ text }) => pattern.test(codeOf(text))).map(({ path }) => path);

const files = await sources();
const pure = files.filter(({ path }) => isPure(path));

describe('pure files', () => {
  it('are found', () => {
    expect(pure.map(({ path }) => path)).toEqual(expect.arrayContaining(['api/names.ts', 'webhook/proxy.ts']));
    expect(pure.map(({ path }) => path)).not.toEqual(expect.arrayContaining(['webhook/server.ts']));
  });

  it.each([
    ['the clock', /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/],
    ['chance', /\bMath\.random\b|\brandomUUID\b|\bgetRandomValues\b/],
    ['the environment', /\bprocess\./],
    ['timers', /\bset(Timeout|Interval|Immediate)\b/],
    ['the network', /\bfetch\(/],
    ['the console', /\bconsole\./],
  ])('do not touch %s', (_, pattern) => {
    expect(offenders(pure, pattern)).toEqual([]);
  });
});

describe('all files', () => {
  it(`have at most ${MAX_LINES} lines`, () => {
    expect(files.filter(({ text }) => text.split('\n').length - 1 > MAX_LINES).map(({ path }) => path)).toEqual([]);
  });

  it('have names in kebab case', () => {
    expect(files.filter(({ path }) => !/^([a-z0-9-]+[./])+(ts|mjs)$/.test(path)).map(({ path }) => path)).toEqual([]);
  });

  it('read the environment in one place, and in one for tests', () => {
    const readers = offenders(files, /\bprocess\.env\b/).filter((path) => !path.endsWith('.test.ts'));
    expect(readers.filter((path) => !['cli/env.ts', 'test/cluster/env.ts'].includes(path))).toEqual([]);
  });

  it('mock no modules', () => {
    expect(offenders(files, /\bvi\.(do)?mock\(/i)).toEqual([]);
  });

  it('match no texts by regular expressions in toMatchObject, which passes whatever the text', () => {
    const pattern = /toMatchObject\((?:(?!;\n)[\s\S])*?\w: \/[^/*]/;
    expect(offenders(files, pattern).filter((path) => path !== 'test/house.test.ts')).toEqual([]);
  });
});

it('the lockfile names no registry', async () => {
  expect(await readFile(join(ROOT, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved"|https?:\/\/registry/);
});

it('the command begins with the flags that everything else passes to Node', async () => {
  const [first] = (await readFile(join(ROOT, 'cli/berth.mjs'), 'utf8')).split('\n');
  expect(first).toBe(`#!/usr/bin/env -S node ${NODE_FLAGS.join(' ')}`);
});
