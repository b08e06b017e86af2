import { describe, expect, test } from 'vitest';
import type { Node } from '../../api/index.ts';
import { planVirtualNode, type VirtualNodeOptions, virtualNode } from './virtual-node.ts';

const options: VirtualNodeOptions = { target: 'away', version: '1', offline: false };
const there = (change: Partial<VirtualNodeOptions> = {}): Node => virtualNode({ ...options, ...change }, 0) as Node;
const ready = (node: Node | object | undefined) =>
  (node as Node).status?.conditions?.find(({ type }) => type === 'Ready');

describe('planVirtualNode', () => {
  test('makes the node, Ready in the very create', () => {
    const [action, ...rest] = planVirtualNode({ options }, 0);
    expect(rest).toEqual([]);
    expect(action?.do === 'create' && ready(action.object)).toMatchObject({ status: 'True' });
  });

  test('leaves alone what is as it should be', () => {
    expect(planVirtualNode({ options, node: there() }, 0)).toEqual([]);
    const offline = { ...options, offline: true };
    expect(planVirtualNode({ options: offline, node: there({ offline: true }) }, 0)).toEqual([]);
  });

  test('is not Ready while nothing is heard of the target, and Ready again afterwards', () => {
    const [lost] = planVirtualNode({ options: { ...options, offline: true }, node: there() }, 0);
    expect(lost?.do === 'patch' && ready(lost.body as object)).toMatchObject({
      status: 'False',
      reason: 'TargetOffline',
    });
    const [back] = planVirtualNode({ options, node: there({ offline: true }) }, 0);
    expect(back?.do === 'patch' && ready(back.body as object)).toMatchObject({ status: 'True' });
  });

  test('lets go a node that somebody deletes, and makes it anew at once', () => {
    const node = there();
    node.metadata.deletionTimestamp = 'now';
    expect(planVirtualNode({ options, node }, 0).map((action) => action.do)).toEqual(['patch', 'create']);
  });
});
