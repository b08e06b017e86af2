import { expect, test } from 'vitest';
import { table } from './table.ts';

test('columns are as wide as their widest cell, and lines end without spaces', () => {
  expect(
    table(
      ['NAME', 'X'],
      [
        ['a', '1'],
        ['longer', ''],
      ],
    ),
  ).toBe('NAME    X\na       1\nlonger');
});
