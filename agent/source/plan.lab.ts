/** What the tests of the steps share: a state with sensible parts, and plans told briefly. */
import { expect } from 'vitest';
import type { Action, PodStatus } from '../../api/index.ts';
import { decisionFor, observationOf, original, proxyOf, UID } from '../../test/builders.ts';
import { originalPod } from './original.ts';
import { plan } from './plan.ts';
import type { SourceState } from './state.ts';

export const NOW = Date.parse('2026-01-02T03:04:05.678Z');
export const gunzip = () => '';

export function state(parts: Partial<SourceState>): SourceState {
  const { proxy } = parts;
  return {
    cluster: 'home',
    uid: UID,
    original: () => (proxy === undefined ? expect.unreachable() : originalPod(proxy, gunzip)),
    delegations: [],
    bindingSent: false,
    forced: false,
    targetOffline: false,
    sentMeta: ({ spec }) => JSON.parse(spec.manifest).metadata,
    ...parts,
  };
}

export const actionsOf = (parts: Partial<SourceState>) => plan(state(parts), NOW).actions;
export const brief = (action: Action) =>
  `${action.do} ${action.do === 'bind' ? action.node : action.resource}${action.do === 'patch' && action.subresource ? '/status' : ''}`;
export const briefly = (parts: Partial<SourceState>) => actionsOf(parts).map(brief);

export const running: PodStatus = {
  phase: 'Running',
  startTime: '2026-01-02T03:00:00Z',
  podIP: '10.1.1.1',
  conditions: [
    { type: 'Ready', status: 'True' },
    { type: 'PodScheduled', status: 'True' },
  ],
  containerStatuses: [
    { name: 'main', ready: true, restartCount: 0, image: 'busybox', imageID: 'x', state: { running: {} } },
    { name: 'injected', ready: true, restartCount: 0, image: 'mesh', imageID: 'y', state: { running: {} } },
  ],
};
export const succeeded: PodStatus = { ...running, phase: 'Succeeded' };
export const onNode = (pod?: PodStatus) => ({
  delegate: { uid: 'd', node: 'n1' },
  ...(pod === undefined ? {} : { pod }),
});
export const proxy = proxyOf(original());
export const bound = proxyOf(original(), { nodeName: 'berth-away' });
export const observation = observationOf();
export const decision = decisionFor();

/** An object of which nobody told the namespace. */
export function bare<T extends { metadata: { namespace?: string } }>(object: T): T {
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** The write that asks this of the delegation to `away`. */
export const patchOf = (spec: object) => ({
  do: 'patch',
  at: 'hub',
  resource: 'poddelegations',
  name: UID,
  type: 'merge',
  body: { metadata: { uid: 'delegation-away' }, spec },
});
