import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const RUN = fileURLToPath(new URL('./run.ts', import.meta.url));
const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

it('says once that the log cannot be written, works on, and ends', { timeout: 20_000 }, async () => {
  const script = `const { createLog } = await import(${JSON.stringify(RUN)});
    const log = createLog('info');
    for (let line = 0; line < 1000; line++) log.info({ line }, 'x'.repeat(1000));
    console.log('went on');`;
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', full] });
  let said = '';
  child.stdout?.on('data', (text) => {
    said += text;
  });
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(said).toMatch(/^\[BERTH622\] the log: ENOSPC: .*\n.*\nwent on\n$/);
});

it('tells mistakes on the command line with code and remedy', { timeout: 20_000 }, async () => {
  const failed = promisify(execFile)(process.execPath, [MAIN, 'up', '--hub', 'x', '--member', 'system=y']);
  await expect(failed).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^berth: \[BERTH504\] "system" is no name of a cluster\n {2}Use a DNS label/),
  });
});
