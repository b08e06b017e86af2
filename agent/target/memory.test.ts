import { describe, expect, it } from 'vitest';
import type { Pod } from '../../api/index.ts';
import { delegateOf, delegation, running, waiting } from './delegation.samples.ts';
import { type Memory, recall, see } from './memory.ts';

const of = delegation();
const pod = delegateOf(of, running);
const unbound = delegateOf(of, waiting('x'), '');
const told = delegation({ status: { delegate: { uid: 'delegate-uid', node: 'n1' }, pod: running } });
const times = { pendingSince: 1, differsSince: 2 };

describe('see', () => {
  const seen = (each: Pod, delegationOf = of, before: Partial<Memory> = {}, warnings?: []) => {
    const memory: Memory = { removed: false, ...before };
    see(memory, each, delegationOf, { warnings, now: 7 });
    return memory;
  };

  it.each<[string, Memory, object]>([
    ['that waits for a node, and is no news yet', seen(unbound), { last: unbound, pendingSince: 7 }],
    ['that waits for a node as before', seen(unbound, of, times), { last: unbound, pendingSince: 1 }],
    ['that is news', seen(pod), { last: pod, differsSince: 7 }],
    ['that is still news', seen(pod, of, times), { last: pod, differsSince: 2 }],
    ['that the hub knows', seen(pod, told, times), { last: pod }],
    ['that has news in warnings', seen(pod, told, {}, []), { last: pod, differsSince: 7 }],
  ])('remembers a delegate %s', (_, memory, then) => {
    expect(memory).toStrictEqual({ removed: false, ...then });
  });
});

describe('recall', () => {
  it('knows nothing at first', () => {
    expect(recall({ removed: false }, of, false)).toStrictEqual({});
  });

  it('tells all that it remembers, whether the delegate is there or not', () => {
    const later = { ...times, writtenAt: 3, unsureUntil: 4, inheritedUntil: 5 };
    const memory: Memory = {
      removed: true,
      last: pod,
      hadRun: true,
      refusedAt: 6,
      refusedAmendments: { mark: 'm', message: 'no' },
      ...later,
    };
    expect(recall(memory, of, true)).toStrictEqual({ ...later, refusedAmendments: 'm' });
    expect(recall(memory, of, false)).toStrictEqual({ ...later, refusedAmendments: 'm', last: pod });
  });

  it('knows only delegates of this very attempt', () => {
    const other = delegation({ spec: { delegate: { namespace: 'jobs', name: 'other' } } });
    expect(recall({ removed: true, last: pod }, other, false)).toStrictEqual({});
  });

  const withdrawal = { uid: 'delegate-uid', message: '0/3 nodes' };
  const nameless = { ...unbound, metadata: { ...unbound.metadata, uid: undefined as never } };

  it.each<[string, Partial<Memory>, boolean, object]>([
    ['that is gone', { last: unbound, withdrawal }, false, { last: unbound, withdrawn: '0/3 nodes' }],
    ['unless it is there', { last: unbound, withdrawal }, true, {}],
    ['unless it got a node', { last: pod, withdrawal }, false, { last: pod }],
    ['unless it was another', { last: unbound, withdrawal: { ...withdrawal, uid: 'x' } }, false, { last: unbound }],
    ['unless there was none', { withdrawal }, false, {}],
    [
      'unless nobody knows which',
      { last: nameless, withdrawal: { ...withdrawal, uid: undefined } },
      false,
      { last: nameless },
    ],
    ['unless nobody knows of any', { withdrawal: { ...withdrawal, uid: undefined } }, false, {}],
  ])('says that we withdrew a delegate %s', (_, memory, present, then) => {
    expect(recall({ removed: true, ...memory }, of, present)).toStrictEqual(then);
  });
});
