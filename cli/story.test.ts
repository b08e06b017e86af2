import { expect, test } from 'vitest';
import { decisionFor, delegationTo, observationOf, refused, UID } from '../test/builders.ts';
import { stories } from './story.ts';

const message = '0/1 clusters are available: away: insufficient cpu';
const waiting = observationOf({ conditions: [{ type: 'Decided', status: 'False', reason: 'Waiting', message }] });
const one = (decisions = [decisionFor()], delegations = [delegationTo('away')], observation = observationOf()) =>
  stories({ observations: [observation], decisions, delegations })[0];

test('a proxy without a decision waits, and says why', () => {
  expect(one([], [], waiting)).toMatchObject({ source: 'home', namespace: 'default', state: 'Waiting', message });
});

test('a decision names the target, a delegation the delegate', () => {
  expect(one([decisionFor()], [])).toMatchObject({ state: 'Decided', target: 'away', attempt: 1 });
  expect(one()).toMatchObject({ state: 'Starting', delegate: 'home-default-step-hash' });
});

test.each([
  ['Running', 'Running'],
  ['Succeeded', 'Succeeded'],
  ['Failed', 'Failed'],
  ['Pending', 'Starting'],
] as const)('a delegate that is %s is told as %s, with its node', (phase, state) => {
  const status = { delegate: { uid: 'd', node: 'n1' }, pod: { phase } };
  expect(one([decisionFor()], [delegationTo('away', status)])).toMatchObject({ state, node: 'n1' });
});

test("a refusal is told in the target's words, until the next attempt is decided", () => {
  const delegations = [delegationTo('away', refused('exceeded quota'))];
  expect(one([decisionFor()], delegations)).toMatchObject({ state: 'Refused', message: 'exceeded quota' });
  expect(one([decisionFor({ attempt: 2, target: 'other' })], delegations)).toMatchObject({
    state: 'Decided',
    attempt: 2,
  });
});

test('a delegation that is withdrawn is ending', () => {
  expect(one([decisionFor()], [delegationTo('away', {}, { desired: 'Gone' })])?.state).toBe('Ending');
});

test('objects of no observation make no story', () => {
  expect(stories({ observations: [], decisions: [decisionFor()], delegations: [delegationTo('away')] })).toEqual([]);
  expect(one()?.uid).toBe(UID);
});
