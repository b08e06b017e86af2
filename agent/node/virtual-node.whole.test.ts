import { describe, expect, it } from 'vitest';
import type { Condition, Node } from '../../api/index.ts';
import { isReady, nodeConditions, planVirtualNode, virtualNode } from './virtual-node.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const online = { target: 'away', version: '1.2.3', offline: false };
const offline = { ...online, offline: true };
const KEY = 'node.multicluster.admiralty.io/target';

const times = { lastHeartbeatTime: '2026-01-02T03:04:05Z', lastTransitionTime: '2026-01-02T03:04:05Z' };
const stands = { reason: 'BerthAgent', message: 'The agent of Berth stands for this node.', ...times };
const pressures = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
  type,
  status: 'False',
  ...stands,
}));
const up = [{ type: 'Ready', status: 'True', ...stands }, ...pressures];
const down = [
  {
    type: 'Ready',
    status: 'False',
    reason: 'TargetOffline',
    message: 'Nothing is heard of cluster away; what runs there is kept.',
    ...times,
  },
  ...pressures,
];
const whole = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: 'berth-away',
    labels: {
      [KEY]: 'away',
      'node.kubernetes.io/exclude-from-external-load-balancers': 'true',
      'kubernetes.io/role': 'berth',
    },
    finalizers: ['node.multicluster.admiralty.io/proxies'],
  },
  spec: { providerID: 'berth://away', taints: [{ key: KEY, value: 'away', effect: 'NoSchedule' }] },
  status: {
    capacity: { pods: '0' },
    allocatable: { pods: '0' },
    conditions: up,
    nodeInfo: { kubeletVersion: '1.2.3' },
  },
};
const create = { do: 'create', at: 'home', resource: 'nodes', object: whole };
const patch = { do: 'patch', at: 'home', resource: 'nodes', name: 'berth-away' };

describe('the virtual node', () => {
  it('has four conditions, which say whether the target reports', () => {
    expect(nodeConditions(online, NOW)).toStrictEqual(up);
    expect(nodeConditions(offline, NOW)).toStrictEqual(down);
  });

  it('carries what it must and nothing else', () => {
    expect(virtualNode(online, NOW)).toStrictEqual(whole);
  });

  it.each([
    ['10.0.0.1', 'InternalIP'],
    ['fd00::1', 'InternalIP'],
    ['agent.example', 'InternalDNS'],
  ])('shows where the agent is, if it is anywhere: %s', (host, type) => {
    expect(virtualNode({ ...online, endpoint: { host, port: 10250 } }, NOW)).toStrictEqual({
      ...whole,
      status: {
        ...whole.status,
        addresses: [{ type, address: host }],
        daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      },
    });
  });
});
describe('planVirtualNode', () => {
  const having = (conditions: Condition[]): Node => ({
    metadata: { name: 'berth-away', uid: 'u' },
    status: { conditions },
  });
  const told = (conditions: object[]) => [
    { ...patch, type: 'strategic', subresource: 'status', body: { status: { conditions } } },
  ];
  const ready: Condition = { type: 'Ready', status: 'True' };
  const deleted = { metadata: { name: 'berth-away', uid: 'u', deletionTimestamp: 't' } };

  it.each<[string, typeof online, Node | undefined, object[]]>([
    ['makes it', online, undefined, [create]],
    [
      'lets go one that was deleted, and makes it anew',
      online,
      deleted,
      [{ ...patch, type: 'merge', body: { metadata: { uid: 'u', finalizers: null } } }, create],
    ],
    ['says that it is Ready', online, having([{ ...ready, status: 'False' }]), told(up)],
    ['says so of one that has no conditions', online, { metadata: { name: 'x' }, status: {} }, told(up)],
    ['says so of one that has no status', online, { metadata: { name: 'x' } }, told(up)],
    ['says that it is not Ready', offline, having([{ type: 'Other', status: 'False' }, ready]), told(down)],
    ['has nothing to say of one that is Ready', online, having([ready]), []],
    ['has nothing to say of one that is not', offline, having([]), []],
  ])('%s', (_, options, node, actions) => {
    expect(planVirtualNode({ options, ...(node && { node }) }, NOW)).toStrictEqual(actions);
  });

  it.each<[string, Condition, boolean]>([
    ['Ready=True', ready, true],
    ['Ready=Unknown', { ...ready, status: 'Unknown' }, false],
    ['another condition', { ...ready, type: 'MemoryPressure' }, false],
  ])('takes a node with %s for what it is', (_, condition, is) => {
    expect(isReady(having([condition]))).toBe(is);
  });

  const endpoint = { host: '10.0.0.1', port: 10250 };
  const shown = {
    addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
  };
  const moved = { ...shown, addresses: [...shown.addresses, { $patch: 'replace' }] };
  const gone = { addresses: [{ $patch: 'replace' }], daemonEndpoints: null };
  const other = { ...shown, daemonEndpoints: { kubeletEndpoint: { Port: 1 } } };
  const at = (status: object, conditions = [ready]): Node => ({
    ...having(conditions),
    status: { conditions, ...status },
  });
  it.each<[string, object, Node, object | undefined]>([
    ['shows where the agent is', { endpoint }, at({}), moved],
    ['shows where it is now', { endpoint }, at(other), moved],
    ['leaves a right address alone', { endpoint }, at(shown), undefined],
    ['takes away an address that is none any more', {}, at(shown), gone],
    ['says both in one write', { endpoint }, at({}, []), { conditions: up, ...moved }],
  ])('%s', (_, more, node, status) => {
    const patched = status && { ...patch, type: 'strategic', subresource: 'status', body: { status } };
    expect(planVirtualNode({ options: { ...online, ...more }, node }, NOW)).toStrictEqual(patched ? [patched] : []);
  });
});
