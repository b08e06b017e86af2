/**
 * `npm run test:long -- planted [N …]`: plants one bug after the other in a copy of our modules and runs the faults
 * against it until they find it. Without numbers all but the elusive ones.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from '../../../cli/table.ts';
import { PLANTED, type Planted } from './bugs.ts';

const ROOT = join(import.meta.dirname, '../../..');
const ROOMS = ['agent', 'api', 'certs', 'cli', 'deploy', 'kube', 'scheduler', 'webhook', 'package.json'];
const MINUTES = ['1', '2', '4'];

/** A copy of what runs, with the bug in it. */
async function plant({ file, find, replace }: Planted): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-planted-'));
  await Promise.all(ROOMS.map((room) => cp(join(ROOT, room), join(folder, room), { recursive: true })));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const text = await readFile(join(folder, file), 'utf8');
  if (text.split(find).length !== 2) throw new Error(`${file}: not exactly one place for the bug`);
  await writeFile(
    join(folder, file),
    text.replace(find, () => replace),
  );
  return folder;
}

async function faults(folder: string, minutes: string): Promise<{ code: number | null; result: string }> {
  const args = ['test/faults/chaos/main.ts', '--json', '--minutes', minutes, '--seed', '1'];
  const child = spawn(process.execPath, [...args, '--berth', join(folder, 'cli/main.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, result: printed.trim().split('\n').at(-1) ?? '' };
}

const asked = process.argv.slice(2).map(Number);
const rows: string[][] = [];
for (const [index, bug] of PLANTED.entries()) {
  if (asked.length > 0 ? !asked.includes(index + 1) : bug.elusive !== undefined) continue;
  const folder = await plant(bug);
  let found: string | undefined;
  for (const minutes of MINUTES) {
    const { code, result } = await faults(folder, minutes);
    console.error(`${index + 1}. ${bug.bug}: ${result || `ended with ${code}`}`);
    // Without a result it was something else that failed.
    if (code !== 0 && result.startsWith('{')) found = result;
    if (found !== undefined) break;
  }
  rows.push([String(index + 1), bug.bug, found ?? 'NOT FOUND']);
  await rm(folder, { recursive: true });
}
console.log(table(['', 'BUG', 'FOUND AS'], rows));
const missed = rows.filter(([, , result]) => result === 'NOT FOUND').length;
console.log(`${rows.length - missed} passed, ${missed} failed`);
process.exitCode = missed === 0 ? 0 : 1;
