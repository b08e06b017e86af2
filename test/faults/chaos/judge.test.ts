import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../api/index.ts';
import { type DelegateHistory, judge, type Life } from './judge.ts';

const pod = (phase: string, exitCode?: number, finishedAt = 'now'): Pod => ({
  metadata: { name: 'p' },
  spec: { containers: [] },
  status: {
    phase,
    containerStatuses: [
      {
        ...{ name: 'main', ready: false, restartCount: 0, image: '', imageID: '' },
        state: exitCode === undefined ? { running: {} } : { terminated: { exitCode, finishedAt } },
      },
    ],
  } as Pod['status'] & object,
});
const life = (more: Partial<Life> = {}): Life => ({
  ...{
    name: 'p',
    uid: 'u',
    intent: 'let it run',
    disturbed: false,
    vanished: false,
    revived: false,
    over: true,
    ended: pod('Succeeded', 0),
  },
  ...more,
});
const delegate = (more: Partial<DelegateHistory> = {}): DelegateHistory => ({
  ...{ uid: 'd', from: 1, to: 5, last: pod('Succeeded', 0) },
  ...more,
});
const judged = (one: Life, ...own: DelegateHistory[]) => {
  const { lost, duplicated, stuck } = judge([one], new Map([['u', own]]));
  return [lost.length && 'lost', duplicated.length && 'duplicated', stuck.length && 'stuck'].filter(Boolean);
};

describe('judge', () => {
  test('a pod that ended as its one delegate did is fine', () => {
    expect(judged(life(), delegate())).toEqual([]);
  });

  test('an end that is not the delegate’s is a lost pod', () => {
    expect(judged(life({ ended: pod('Failed', 137) }), delegate())).toEqual(['lost']);
    expect(judged(life({ ended: pod('Succeeded', 0, 'earlier') }), delegate())).toEqual(['lost']);
    expect(judged(life({ ended: pod('Failed', 1) }), delegate({ last: pod('Failed', 1) }))).toEqual(['lost']);
    expect(judged(life())).toEqual(['lost']);
    expect(judged(life({ vanished: true, disturbed: true }), delegate())).toEqual(['lost']);
    expect(judged(life({ revived: true }), delegate())).toEqual(['lost']);
  });

  test('what the user broke is not held against us', () => {
    expect(judged(life({ disturbed: true, ended: pod('Failed', 137) }), delegate())).toEqual([]);
  });

  test('two delegates at one time, or one after an end, are a duplicate', () => {
    const withdrawn = pod('Pending');
    expect(judged(life(), delegate({ last: withdrawn }), delegate({ uid: 'e', from: 4 }))).toEqual(['duplicated']);
    expect(judged(life(), delegate({ to: undefined, last: withdrawn }), delegate({ from: 4 }))).toEqual(['duplicated']);
    expect(judged(life(), delegate(), delegate({ uid: 'e', from: 6 }))).toEqual(['duplicated']);
    const running = { last: pod('Running') };
    expect(judged(life({ disturbed: true }), delegate(running), delegate({ uid: 'e', from: 6 }))).toEqual([
      'duplicated',
    ]);
    expect(judged(life(), delegate({ last: withdrawn }), delegate({ uid: 'e', from: 6 }))).toEqual([]);
  });

  test('what never came to its end is stuck', () => {
    const { ended: _, ...rest } = life({ over: false });
    expect(judged(rest, delegate())).toEqual(['stuck']);
  });
});
