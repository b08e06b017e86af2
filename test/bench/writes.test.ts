import { expect, test } from 'vitest';
import type { Write } from '../cluster/audit.ts';
import { classify, isEvent, isOurs, writeTable } from './writes.ts';

const AGENT = 'system:serviceaccount:berth-system:agent';

const write = (more: Partial<Write> = {}): Write => ({
  user: AGENT,
  verb: 'create',
  resource: 'pods',
  subresource: '',
  namespace: 'bench',
  name: 'pod',
  code: 201,
  at: 10,
  ...more,
});

test('ours are the service accounts of berth-system, also when they impersonate', () => {
  expect(isOurs(write())).toBe(true);
  expect(isOurs(write({ impersonated: 'berth:source:source' }))).toBe(true);
  expect(isOurs(write({ user: 'system:serviceaccount:berth-system-2:agent' }))).toBe(false);
  expect(isOurs(write({ user: 'system:serviceaccount:kube-system:generic-garbage-collector' }))).toBe(false);
  expect(isOurs(write({ user: 'kubernetes-admin' }))).toBe(false);
});

test('writes are told apart: for pods, failed, for the fleet', () => {
  const created = write();
  const bound = write({ subresource: 'binding' });
  const conflict = write({ verb: 'patch', subresource: 'status', code: 409 });
  const lease = write({ verb: 'patch', resource: 'leases.coordination.k8s.io' });
  const room = write({ verb: 'patch', resource: 'nodepoolobservations.multicluster.admiralty.io' });
  const users = write({ user: 'kubernetes-admin' });
  const all = [created, bound, conflict, lease, room, users];
  expect(classify(all, 0, 100)).toEqual({ forPods: [created, bound], failed: [conflict], forFleet: [lease, room] });
});

test('Events are told apart, of either API group', () => {
  const resources = ['events', 'events.events.k8s.io', 'pods', 'eventsources'];
  expect(resources.map((resource) => isEvent(write({ resource })))).toEqual([true, true, false, false]);
});

test('only writes of the phase count: its begin is in, its end is out', () => {
  const [before, first, last, after] = [9, 10, 19, 20].map((at) => write({ at }));
  expect(
    classify(
      [before, first, last, after].flatMap((one) => one ?? []),
      10,
      20,
    ).forPods,
  ).toEqual([first, last]);
});

test('table: per pod, with the user that was acted as', () => {
  const delegation = write({
    verb: 'patch',
    resource: 'poddelegations.multicluster.admiralty.io',
    subresource: 'status',
  });
  const writes = [delegation, delegation, delegation, write({ impersonated: 'berth:source:source', code: 403 })];
  expect(writeTable(writes, 2)).toEqual([
    ['patch poddelegations/status', 'agent', '', '1.50'],
    ['create pods', 'berth:source:source', '403', '0.50'],
  ]);
  expect(writeTable([delegation])).toEqual([['patch poddelegations/status', 'agent', '', '1']]);
});
