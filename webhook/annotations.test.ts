import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../api/index.ts';
import { annotationMistake } from './annotations.ts';

const G = 'multicluster.admiralty.io';
const invalid = (annotation: string, message: string) => ({
  reason: 'InvalidAnnotation',
  message: `annotation ${G}/${annotation}: ${message}`,
});
const selectorOf = (text: string) => annotationMistake({ [ANNOTATION.clusterSelector]: text });
const failoverOf = (text: string) => annotationMistake({ [ANNOTATION.failover]: text });

describe('annotationMistake', () => {
  it('finds none where nothing is written', () => {
    expect(annotationMistake({})).toBeUndefined();
    expect(annotationMistake({ [ANNOTATION.elect]: '', app: '(', [ANNOTATION.mirrored]: '(' })).toBeUndefined();
  });

  it('tells the first of several, the mode before all', () => {
    const wrong = { [ANNOTATION.failover]: 'soon', [ANNOTATION.clusterName]: 'B' };
    const name = '"B" is no name of a cluster (separate several with commas)';
    expect(annotationMistake(wrong)).toEqual(invalid('clustername', name));
    expect(annotationMistake({ ...wrong, [ANNOTATION.proxyMode]: 'node' })).toEqual({
      reason: 'UnsupportedProxyMode',
      message: `annotation ${G}/proxy-mode: "node" is not there yet`,
    });
    expect(annotationMistake({ ...wrong, [ANNOTATION.proxyMode]: 'virtual', [ANNOTATION.clusterName]: 'b' })).toEqual(
      invalid('failover', '"soon" is neither "never" nor a duration such as 5m'),
    );
  });

  it('shows up to 80 characters of a text, on one line', () => {
    const message = (quoted: string) => invalid('failover', `${quoted} is neither "never" nor a duration such as 5m`);
    expect(failoverOf('x'.repeat(80))).toEqual(message(`"${'x'.repeat(80)}"`));
    expect(failoverOf('x'.repeat(81))).toEqual(message(`"${'x'.repeat(80)}…"`));
    expect(failoverOf('a\nb')).toEqual(message('"a\\nb"'));
  });
});

describe('clustername', () => {
  it.each(['a', 'a,b', ' a , b-1 '])('takes %j', (text) => {
    expect(annotationMistake({ [ANNOTATION.clusterName]: text })).toBeUndefined();
  });

  it.each([
    ['', ''],
    ['a,,b', ''],
    ['a, B,C', ' B'],
    ['a b', 'a b'],
  ])('shows what is wrong in %j', (text, wrong) => {
    expect(annotationMistake({ [ANNOTATION.clusterName]: text })).toEqual(
      invalid('clustername', `${JSON.stringify(wrong)} is no name of a cluster (separate several with commas)`),
    );
  });
});

describe('cluster-selector', () => {
  it.each([
    'gpu',
    'G',
    '!gpu',
    '! gpu',
    '!  gpu',
    'a/b',
    'a-b.c/d_e.F-g',
    'a1/B',
    'a=b',
    'a==b',
    'a != b',
    'a=  b',
    'a>1',
    'a < 1',
    'a=',
    'a==',
    'a!=',
    'a=b_c.d-E',
    'a in (b)',
    'a in(b)',
    'abc in (d)',
    'a  in   ( b ,c )',
    'a notin (b,c)',
    'a in (b,)',
    'a in (b),c in (d,e) , f',
    'a,b',
    'in',
    'notin',
    `a in (${'b,'.repeat(2000)}b)`,
    'n > -1',
    `a=${'b'.repeat(63)}`,
    `${'b,'.repeat(2047)}b`,
  ])('takes %j', (text) => {
    expect(selectorOf(text)).toBeUndefined();
  });

  it.each([
    ['', ''],
    ['a,', ''],
    [',a', ''],
    ['a, b c', ' b c'],
    ['a=b=c', 'a=b=c'],
    ['a===b', 'a===b'],
    ['a=>b', 'a=>b'],
    ['a=-b', 'a=-b'],
    ['a=b-', 'a=b-'],
    ['a=(b', 'a=(b'],
    ['a=b c', 'a=b c'],
    ['-a=b', '-a=b'],
    ['a-=b', 'a-=b'],
    ['a b=c', 'a b=c'],
    ['(a=b', '(a=b'],
    ['a=b)', 'a=b)'],
    ['a-', 'a-'],
    ['-a', '-a'],
    ['!', '!'],
    ['!!a', '!!a'],
    ['a!', 'a!'],
    ['a/', 'a/'],
    ['/a', '/a'],
    ['A/b', 'A/b'],
    ['-a/b', '-a/b'],
    ['a-/b', 'a-/b'],
    ['a/b/c', 'a/b/c'],
    ['a is (b)', 'a is (b)'],
    ['a in b', 'a in b'],
    ['a in (b', 'a in (b'],
    ['a in (b))', 'a in (b))'],
    ['a in (b) c', 'a in (b) c'],
    ['a in ((b)', 'a in ((b)'],
    ['a in (b c)', 'a in (b c)'],
    ['a in (b,-c)', 'a in (b,-c)'],
    ['a in (-b,c)', 'a in (-b,c)'],
    ['-a in (b)', '-a in (b)'],
    ['a b in (c)', 'a b in (c)'],
    ['ain (b)', 'ain (b)'],
    ['!a in (b)', '!a in (b)'],
    ['x,a in (b,c,y', 'a in (b'],
    ['n>abc', 'n>abc'],
    ['n > 1.5', 'n > 1.5'],
    ['n<', 'n<'],
    [`a=${'b'.repeat(64)}`, `a=${'b'.repeat(64)}`],
    ['a'.repeat(64), 'a'.repeat(64)],
  ])('shows what is wrong in %j', (text, wrong) => {
    expect(selectorOf(text)).toEqual(
      invalid('cluster-selector', `${JSON.stringify(wrong)} is no requirement of a label selector`),
    );
  });

  it('has at most 4096 characters', () => {
    expect(selectorOf(`a=${'b'.repeat(4095)}`)).toEqual(
      invalid('cluster-selector', 'the selector is longer than 4096 characters'),
    );
  });
});

describe('failover', () => {
  it.each(['never', '0s', '5m', '1h', '30s', '250ms', '1h30m', '1h30m15s', '0.5s', '10.25h', '1m500ms'])(
    'takes %j',
    (text) => {
      expect(failoverOf(text)).toBeUndefined();
    },
  );

  it.each([
    '',
    'Never',
    'never ',
    ' never',
    '5',
    'm',
    '-5m',
    '+5m',
    '5 m',
    '5m ',
    'x5m',
    '5mx',
    '.5m',
    '5.m',
    '1.2.3m',
    '5d',
  ])('refuses %j', (text) => {
    expect(failoverOf(text)).toEqual(
      invalid('failover', `${JSON.stringify(text)} is neither "never" nor a duration such as 5m`),
    );
  });
});

describe('no-prefix-label-regexp', () => {
  it('takes what is a regular expression', () => {
    for (const text of ['', '^app$', 'a|b'])
      expect(annotationMistake({ [ANNOTATION.noPrefixLabelRegexp]: text })).toBeUndefined();
  });

  it('says what is wrong with what is none', () => {
    expect(annotationMistake({ [ANNOTATION.noPrefixLabelRegexp]: '(' })).toEqual(
      invalid('no-prefix-label-regexp', 'Invalid regular expression: /(/: Unterminated group'),
    );
  });
});
