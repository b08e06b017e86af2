import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { REASONS } from '../api/index.ts';
import { REASONS_FILE, reasonsPage } from './reasons.ts';

test('the page of reasons is what api/reasons.ts says', async () => {
  expect(await readFile(REASONS_FILE, 'utf8')).toBe(reasonsPage());
});

test('no two reasons share a code', () => {
  const codes = Object.values(REASONS).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
});
