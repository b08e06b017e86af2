import { describe, expect, it } from 'vitest';
import { requestOf } from '../place/demand.ts';
import { decision, delegation, observation, refused } from '../test-objects.ts';
import { chargeOf, type DelegationFacts, delegationOf, factsOf, openAttempt, type PodState } from './pod.ts';

const request = requestOf('a', observation('a', 'u').spec);
const facts = (more: Partial<DelegationFacts> = {}): DelegationFacts => ({
  ...{ target: 'b', attempt: 1, ended: false, leaving: false, missing: false },
  ...more,
});
const pod = (more: Partial<PodState> = {}, ...known: DelegationFacts[]): PodState => ({
  ...{ key: 'a/u', source: 'a', uid: 'u', observation: observation('a', 'u'), request, gone: 0, undecided: false },
  delegations: new Map(known.map((each, at) => [`${at}`, each])),
  ...more,
});
const decided = decision('a', 'u', { target: 'b', node: 'n' });
const refusal = { reason: 'DelegateRefused', message: 'quota' };

describe('factsOf', () => {
  it('are no more than is told', () => expect(factsOf('b', delegation(['a', 'x'], 'u'))).toStrictEqual(facts()));

  it('are all that is told', () =>
    expect(
      factsOf(
        'b',
        delegation(['a', 'b'], 'u', {
          spec: { attempt: 2, desired: 'Gone' },
          status: { ...refused('quota'), delegate: { uid: 'd', node: 'n' }, pod: { phase: 'Failed' } },
        }),
      ),
    ).toStrictEqual(facts({ attempt: 2, node: 'n', ended: true, refusal, leaving: true })));
});

it('delegationOf is that of attempt and target', () => {
  const [one, two, three] = [facts({ target: 'c' }), facts({ attempt: 2 }), facts()];
  expect(delegationOf(pod({}, one, two, three), 1, 'b')).toBe(three);
  expect(delegationOf(pod({}, one, two), 1, 'b')).toBeUndefined();
});

describe('chargeOf', () => {
  const charge = { cluster: 'b', node: 'n', request, confirmed: false };

  it.each<[string, PodState, object | undefined]>([
    ['what is decided', pod({ decision: decided }), charge],
    [
      'what is assumed before that',
      pod({ decision: decided, assumed: { attempt: 2, target: 'c', node: 'm' } }),
      { ...charge, cluster: 'c', node: 'm' },
    ],
    [
      'what the delegation names',
      pod({ decision: decided }, facts({ node: 'm' })),
      { ...charge, node: 'm', confirmed: true },
    ],
    [
      'what the last delegation names without a decision',
      pod({}, facts({ node: 'm' }), facts({ attempt: 2, target: 'c', node: 'k' })),
      { ...charge, cluster: 'c', node: 'k', confirmed: true },
    ],
    [
      'what the delegation holds when the observation is gone',
      pod({ decision: decided, observation: undefined }, facts()),
      charge,
    ],
    ['nothing without both', pod({ decision: decided, observation: undefined }), undefined],
    ['nothing without a target', pod({ decision: decision('a', 'u', {}) }), undefined],
    ['nothing without a node', pod({ decision: decision('a', 'u', { target: 'b' }) }), undefined],
    ['nothing while nobody knows what it asks for', pod({ decision: decided, request: undefined }), undefined],
    ['nothing once it is gone', pod({ decision: decided, gone: 1 }), undefined],
    ['nothing once it ended', pod({ decision: decided }, facts({ ended: true })), undefined],
    ['nothing once it was refused', pod({ decision: decided }, facts({ refusal })), undefined],
    ['nothing of a pod that nobody decided', pod(), undefined],
  ])('is %s', (_, of, taken) => expect(chargeOf(of)).toStrictEqual(taken));
});

describe('openAttempt', () => {
  it.each<[string, PodState, object | undefined]>([
    ['the first', pod(), { attempt: 1 }],
    ['the one after that which is gone', pod({ gone: 2 }), { attempt: 3 }],
    ['none without an observation', pod({ observation: undefined }), undefined],
    ['none while one is assumed', pod({ assumed: { attempt: 1 } }), undefined],
    ['none for one decided', pod({ decision: decided }, facts()), undefined],
    ['the same for one that fitted nowhere', pod({ decision: decision('a', 'u', { attempt: 4 }) }), { attempt: 4 }],
    [
      'the next after a refusal',
      pod({ decision: decided }, facts({ refusal })),
      { attempt: 2, refused: { cluster: 'b', ...refusal } },
    ],
    [
      'the next after a refusal, also without the decision',
      pod({}, facts({ refusal, attempt: 2 })),
      { attempt: 3, refused: { cluster: 'b', ...refusal } },
    ],
    [
      'the last again where its decision is lost',
      pod({}, facts(), facts({ attempt: 2, target: 'c', node: 'm' })),
      { attempt: 2, restore: { target: 'c', node: 'm' } },
    ],
    [
      'that without a node if none is told',
      pod({}, facts({ attempt: 2 }), facts()),
      { attempt: 2, restore: { target: 'b' } },
    ],
  ])('is %s', (_, of, open) => expect(openAttempt(of)).toStrictEqual(open));
});
