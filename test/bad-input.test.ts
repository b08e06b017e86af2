/** docs/bad-input.md names a test per row; a row whose test is gone, or whose code is none, is a promise that nobody holds. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { REASONS } from '../api/index.ts';

const ROOT = join(import.meta.dirname, '..');
const page = await readFile(join(ROOT, 'docs/bad-input.md'), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| ') && line.includes('.test.ts`'));

it.each(rows.map((row) => [row.split(' | ')[0] ?? '', row] as const))('%s', async (_, row) => {
  const cells = row.split(' | ');
  expect(cells).toHaveLength(5);
  const [, path = '', title = ''] = /^`(.*?)`: (.*) \|$/.exec(cells[4] ?? '') ?? [];
  expect(await readFile(join(ROOT, path), 'utf8')).toContain(title);
  const codes = new Set<string>(Object.values(REASONS).map(({ code }) => code));
  for (const [code] of (cells[2] ?? '').matchAll(/BERTH\d+/g)) expect(codes).toContain(code);
});

it('has rows', () => expect(rows.length).toBeGreaterThan(25));
