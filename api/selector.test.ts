import { expect, it } from 'vitest';
import { parseSelector } from './selector.ts';

const exactly = (text: string) => {
  const selector = parseSelector(text);
  return selector.ok ? selector.requirements : selector.error;
};

it.each([
  ['a=b', [{ key: 'a', operator: 'In', values: ['b'] }]],
  ['a == b', [{ key: 'a', operator: 'In', values: ['b'] }]],
  ['a  =  b', [{ key: 'a', operator: 'In', values: ['b'] }]],
  ['a=', [{ key: 'a', operator: 'In', values: [''] }]],
  ['a  !=  b', [{ key: 'a', operator: 'NotIn', values: ['b'] }]],
  ['a!=', [{ key: 'a', operator: 'NotIn', values: [''] }]],
  ['a  >  -12', [{ key: 'a', operator: 'Gt', values: ['-12'] }]],
  ['a>+1', [{ key: 'a', operator: 'Gt', values: ['+1'] }]],
  ['a  <  12', [{ key: 'a', operator: 'Lt', values: ['12'] }]],
  ['a<-1', [{ key: 'a', operator: 'Lt', values: ['-1'] }]],
  ['a', [{ key: 'a', operator: 'Exists' }]],
  ['!a', [{ key: 'a', operator: 'DoesNotExist' }]],
  ['!  a', [{ key: 'a', operator: 'DoesNotExist' }]],
  ['a  in  ( b , c )', [{ key: 'a', operator: 'In', values: ['b', 'c'] }]],
  ['a in(b)', [{ key: 'a', operator: 'In', values: ['b'] }]],
  ['a notin (b)', [{ key: 'a', operator: 'NotIn', values: ['b'] }]],
  ['a in ()', [{ key: 'a', operator: 'In', values: [''] }]],
  [
    'a in (b,c) , d',
    [
      { key: 'a', operator: 'In', values: ['b', 'c'] },
      { key: 'd', operator: 'Exists' },
    ],
  ],
  ['example.com/a.b_c-d', [{ key: 'example.com/a.b_c-d', operator: 'Exists' }]],
  [`a=${'x'.repeat(63)}`, [{ key: 'a', operator: 'In', values: ['x'.repeat(63)] }]],
  ['A=B.c_d-E', [{ key: 'A', operator: 'In', values: ['B.c_d-E'] }]],
])('reads %j', (text, requirements) => expect(exactly(text)).toStrictEqual(requirements));

it.each([
  ['a, b c ,d', 'cannot read "b c"'],
  ['a in', 'cannot read "a in"'],
  ['x a in (b)', 'cannot read "x a in (b)"'],
  ['a in (b) c', 'cannot read "a in (b) c"'],
  ['x !a', 'cannot read "x !a"'],
  ['!a b', 'cannot read "!a b"'],
  ['a=b c', 'cannot read "a=b c"'],
  ['x a=b', 'cannot read "x a=b"'],
  ['x a!=b', 'cannot read "x a!=b"'],
  ['a!=b c', 'cannot read "a!=b c"'],
  ['x a>1', 'cannot read "x a>1"'],
  ['a>1 c', 'cannot read "a>1 c"'],
  ['x a<1', 'cannot read "x a<1"'],
  ['a<1 c', 'cannot read "a<1 c"'],
  ['a<x', 'cannot read "a<x"'],
  ['a>', 'cannot read "a>"'],
  ['(a)', 'cannot read "(a)"'],
  ['', []],
  ['-a', '"-a" is no label key'],
  ['a-', '"a-" is no label key'],
  ['/a', '"/a" is no label key'],
  ['x/', '"x/" is no label key'],
  ['X/a', '"X/a" is no label key'],
  ['-x/a', '"-x/a" is no label key'],
  ['x-/a', '"x-/a" is no label key'],
  ['x/y/a', '"x/y/a" is no label key'],
  ['-a>1', '"-a" is no label key'],
  ['!-a', '"-a" is no label key'],
  ['x'.repeat(64), `"${'x'.repeat(64)}" is no label key`],
  ['a=-b', '"-b" is no label value'],
  ['a=b-', '"b-" is no label value'],
  ['a in (b,c d)', '"c d" is no label value'],
  ['a notin (b/c)', '"b/c" is no label value'],
  [`a=${'x'.repeat(64)}`, `"${'x'.repeat(64)}" is no label value`],
])('says of %j what is wrong', (text, error) => expect(exactly(text)).toEqual(error));
