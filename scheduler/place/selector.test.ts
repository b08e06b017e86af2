import { describe, expect, it } from 'vitest';
import { parseSelector } from '../../api/index.ts';
import { selects } from './selector.ts';

const LABELS = { env: 'prod', tier: '3', 'example.com/zone': 'a', empty: '' };

function matches(text: string): boolean {
  const selector = parseSelector(text);
  if (!selector.ok) throw new Error(selector.error);
  return selects(selector.requirements, LABELS);
}

describe('parseSelector', () => {
  it.each([
    '',
    '  ',
    'env=prod',
    'env==prod',
    ' env = prod ',
    'env!=test',
    'missing!=x',
    'env',
    '!missing',
    'empty=',
    'env in (prod, test)',
    'env notin (test,dev)',
    'missing notin (x)',
    'tier>2',
    'tier<4',
    'example.com/zone=a',
    'env in (prod,test),tier=3,!missing',
  ])('%j selects', (text) => expect(matches(text)).toBe(true));

  it.each([
    'env=test',
    'env!=prod',
    'missing',
    '!env',
    'env in (test)',
    'missing in (x)',
    'tier>3',
    'env>1',
    'env,missing',
  ])('%j does not select', (text) => expect(matches(text)).toBe(false));

  it.each([
    'env in',
    'env in prod',
    'env in (prod',
    '=x',
    'a=b=c',
    'a,,b',
    ',',
    'a b',
    '-a=b',
    'a=-b',
    'tier>x',
    '!',
    'a=b,',
  ])('%j is bad syntax', (text) => expect(parseSelector(text).ok).toBe(false));
});
