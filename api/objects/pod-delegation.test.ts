import { describe, expect, it } from 'vitest';
import type { Condition } from '../kubernetes.ts';
import { type PodDelegation, type PodDelegationStatus, refusalOf, unscheduledOf } from './pod-delegation.ts';

const delegationWith = (status?: PodDelegationStatus): PodDelegation => ({
  metadata: { name: 'u' },
  spec: {
    pod: { namespace: 'default', name: 'p', uid: 'u' },
    source: 'a',
    target: 'b',
    attempt: 1,
    delegate: { namespace: 'default', name: 'a-default-p' },
    manifest: '{}',
    desired: 'Run',
  },
  ...(status === undefined ? {} : { status }),
});
const condition = (type: string, status: Condition['status']) => ({ type, status, reason: 'R', message: 'm' });

describe.each([
  ['refusalOf', refusalOf, condition('Refused', 'True')],
  ['unscheduledOf', unscheduledOf, condition('Scheduled', 'False')],
] as const)('%s', (_, find, meant) => {
  const opposite = condition(meant.type, meant.status === 'True' ? 'False' : 'True');
  const others = [opposite, condition(meant.type, 'Unknown'), condition('Other', meant.status)];

  it('finds the condition among others', () => {
    expect(find(delegationWith({ conditions: [...others, meant] }))).toBe(meant);
  });

  it('finds nothing in others, nor where nothing was said yet', () => {
    expect(find(delegationWith({ conditions: others }))).toBeUndefined();
    expect(find(delegationWith({ conditions: [] }))).toBeUndefined();
    expect(find(delegationWith({}))).toBeUndefined();
    expect(find(delegationWith())).toBeUndefined();
  });
});
