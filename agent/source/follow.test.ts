import { describe, expect, test } from 'vitest';
import { decisionFor, delegationTo, original, proxyOf } from '../../test/builders.ts';
import { delegate } from './delegate.ts';
import { follow } from './follow.ts';
import { bound, decision, NOW, observation, onNode, running, state, succeeded } from './plan.lab.ts';
import { plan } from './plan.ts';

const step = proxyOf(
  original({
    containers: [{ name: 'main', volumeMounts: [{ name: 's3', mountPath: '/argo/secret/s3' }] }],
    volumes: [{ name: 's3', secret: { secretName: 's3' } }],
  }),
);
const wanted = [{ kind: 'Secret' as const, name: 's3' }];
const delegations = [delegationTo('away', {}, { follow: wanted })];
const found = { followers: [{ kind: 'Secret' as const, name: 's3', content: {} }] };

describe('a delegation', () => {
  const followOf = (target: string) => {
    const [action] = delegate(state({ proxy: step, decision: decisionFor({ target }) }));
    return action?.do === 'create' ? (action.object as (typeof delegations)[0]).spec.follow : undefined;
  };
  test('says what follows the pod', () => {
    expect(followOf('away')).toEqual(wanted);
  });
  test('of a cluster to itself does not: it is there', () => {
    expect(followOf('home')).toBeUndefined();
  });
});

describe('what follows the pod', () => {
  test('is sent, once it was found', () => {
    expect(follow(state({ proxy: bound, decision, delegations, found }))).toMatchObject([
      { do: 'create', at: 'hub', resource: 'secrets' },
    ]);
    const told = [delegationTo('away', onNode(running), { follow: wanted })];
    expect(follow(state({ proxy: bound, decision, delegations: told, found }))).toHaveLength(1);
  });

  test.each([
    ['nothing was asked', { delegations }],
    ['there is no delegation', { delegations: [], found }],
    ['the delegate has ended', { delegations: [delegationTo('away', onNode(succeeded))], found }],
    ['something is missing', { delegations, found: { missing: ['Secret s3'] } }],
  ])('is not sent if %s', (_, parts) => {
    expect(follow(state({ proxy: bound, decision, ...parts }))).toEqual([]);
  });

  test('is looked for again, and told about, as long as it is missing', () => {
    const parts = { proxy: bound, observation, decision, delegations };
    const { reasons, wakeAfterMs } = plan(state({ ...parts, found: { missing: ['Secret s3', 'ConfigMap m'] } }), NOW);
    expect(wakeAfterMs).toBe(5000);
    expect(reasons).toContainEqual({
      reason: 'FollowedMissing',
      message: 'the pod refers to what is not there: Secret s3, ConfigMap m',
    });
    const later = plan(state({ ...parts, found }), NOW);
    expect(later.wakeAfterMs).toBeUndefined();
    expect(later.actions).toContainEqual(expect.objectContaining({ do: 'create', resource: 'secrets' }));
  });
});
