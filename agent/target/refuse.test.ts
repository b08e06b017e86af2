import { expect, it } from 'vitest';
import type { PodDelegation } from '../../api/index.ts';
import { delegation } from './delegation.samples.ts';
import { refuse } from './refuse.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const reason = { reason: 'NotAccepted' as const, message: 'does not accept pods of a' };
const refused = { type: 'Refused', status: 'True', ...reason, lastTransitionTime: '2026-01-02T03:04:05Z' };
const scheduled = { type: 'Scheduled', status: 'False' as const, reason: 'Unschedulable', message: 'm' };
const before = { type: 'Refused', status: 'False' as const, reason: 'x', message: 'y' };

it.each<[string, PodDelegation['status'], object[]]>([
  ['alone', undefined, [refused]],
  ['on a status without conditions', {}, [refused]],
  ['beside other conditions', { conditions: [scheduled] }, [scheduled, refused]],
  ['in place of an older word', { conditions: [before, scheduled] }, [scheduled, refused]],
])('a refusal is a condition of the delegation: %s', (_, status, conditions) => {
  const of = delegation(status && { status });
  expect(refuse(of, reason, NOW)).toStrictEqual({
    actions: [
      {
        do: 'patch',
        at: 'hub',
        resource: 'poddelegations',
        namespace: 'berth-a--b',
        name: of.metadata.name,
        type: 'merge',
        subresource: 'status',
        body: { metadata: { resourceVersion: '5' }, status: { conditions, observedGeneration: 1 } },
      },
    ],
    reasons: [reason],
  });
});

it('a refusal that is written already is not written again', () => {
  const told = delegation({ status: { conditions: [{ ...refused, status: 'True' }] } });
  expect(refuse(told, reason, NOW)).toStrictEqual({ actions: [], reasons: [reason] });
});
