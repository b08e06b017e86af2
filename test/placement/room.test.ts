import { expect, test } from 'vitest';
import type { Pod, PodPhase } from '../../api/index.ts';
import { overPlaced } from './room.ts';

const NODES = [{ name: 'n', cpu: '3', pods: 2 }];

const pod = (name: string, cpu: string, nodeName: string | undefined, phase: PodPhase = 'Running'): Pod => ({
  metadata: { name },
  spec: {
    containers: [{ name: 'main', resources: { requests: { cpu } } }],
    ...(nodeName !== undefined && { nodeName }),
  },
  status: { phase },
});

test('what fits is fine, and who has ended takes nothing', () => {
  expect(overPlaced([pod('a', '2', 'n'), pod('b', '1', 'n'), pod('c', '3', 'n', 'Succeeded')], NODES)).toEqual([]);
});

test.each([
  ['CPU', [pod('a', '2', 'n'), pod('b', '2', 'n')]],
  ['slots', [pod('a', '1m', 'n'), pod('b', '1m', 'n'), pod('c', '1m', 'n', 'Pending')]],
])('too much for a node: %s', (_, pods) => {
  expect(overPlaced(pods, NODES)).toEqual(['n holds more than it can']);
});

test('a pod that the scheduler finds no node for', () => {
  const waiting = pod('a', '2', undefined, 'Pending');
  expect(overPlaced([waiting], NODES)).toEqual([]);
  const told: Pod = { ...waiting, status: { conditions: [{ type: 'PodScheduled', status: 'False' }] } };
  expect(overPlaced([told], NODES)).toEqual(['a has no room on any node']);
});
