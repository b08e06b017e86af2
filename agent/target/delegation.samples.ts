/** Objects for the tests of this folder. */
import type {
  Cluster,
  Condition,
  ContainerState,
  Pod,
  PodDelegation,
  PodDelegationSpec,
  PodStatus,
} from '../../api/index.ts';
import { delegateName, pairNamespace } from '../../api/index.ts';
import type { House } from './accept.ts';
import { delegatePod } from './delegate-pod.ts';
import type { DelegateState } from './state.ts';

const UID = '8c1f0b1e-0000-4000-8000-000000000001';

/** A pod as the webhook sees it, with what a source's API server adds. */
export function manifest(change: { metadata?: Partial<Pod['metadata']>; spec?: Partial<Pod['spec']> } = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'work', namespace: 'jobs', labels: { app: 'web' }, ...change.metadata },
    spec: { containers: [{ name: 'main', image: 'busybox' }], ...change.spec },
  };
}

/** A delegation from cluster `a` to cluster `b`. */
export function delegation(
  change: { pod?: Pod; spec?: Partial<PodDelegationSpec>; status?: PodDelegation['status']; version?: string } = {},
): PodDelegation {
  const pod = { namespace: 'jobs', name: 'work', uid: UID };
  return {
    metadata: {
      name: UID,
      namespace: pairNamespace('a', 'b'),
      uid: 'delegation-uid',
      resourceVersion: change.version ?? '5',
      generation: 1,
    },
    spec: {
      pod,
      source: 'a',
      target: 'b',
      attempt: 1,
      delegate: { namespace: 'jobs', name: delegateName('a', pod, 1) },
      manifest: JSON.stringify(change.pod ?? manifest()),
      desired: 'Run',
      ...change.spec,
    },
    ...(change.status && { status: change.status }),
  };
}

/** The delegate of a delegation, as an API server shows it. */
export function delegateOf(of: PodDelegation, status: PodStatus, nodeName: string | undefined = 'n1'): Pod {
  const pod = delegatePod(of);
  if ('reason' in pod) throw new Error(pod.message);
  return {
    ...pod,
    metadata: { ...pod.metadata, uid: 'delegate-uid', resourceVersion: '9' },
    spec: { ...pod.spec, ...(nodeName && { nodeName }) },
    status,
  };
}

/** A pod's status with one container, `main`. */
export function status(
  phase: PodStatus['phase'],
  state: ContainerState,
  change: { ready?: boolean; restarts?: number } = {},
) {
  const ready: Condition = { type: 'Ready', status: change.ready === true ? 'True' : 'False' };
  return {
    ...(phase && { phase }),
    conditions: [ready],
    containerStatuses: [
      {
        name: 'main',
        state,
        ready: change.ready ?? false,
        restartCount: change.restarts ?? 0,
        image: 'busybox',
        imageID: 'sha256:1',
      },
    ],
  } satisfies PodStatus;
}

export const running = status('Running', { running: { startedAt: '2026-01-01T00:00:00Z' } }, { ready: true });
export const ended = (exitCode: number) =>
  status(exitCode === 0 ? 'Succeeded' : 'Failed', { terminated: { exitCode, reason: 'Completed' } });
export const waiting = (reason: string, message?: string) =>
  status('Pending', { waiting: { reason, ...(message && { message }) } });

/** The patch that writes `status` into a delegation as `delegation()` has it. */
export const patchOf = (status: object) => ({
  do: 'patch' as const,
  at: 'hub' as const,
  resource: 'poddelegations' as const,
  namespace: 'berth-a--b',
  name: UID,
  type: 'merge' as const,
  subresource: 'status' as const,
  body: { metadata: { resourceVersion: '5' }, status: { ...status, observedGeneration: 1 } },
});

/** The target `b` of these samples, which accepts everything unless told. */
export const self = (accept: Partial<Cluster['spec']['accept']> = {}): Cluster => ({
  metadata: { name: 'b', resourceVersion: '1' },
  spec: { roles: ['Source', 'Target'], accept: { sources: ['*'], namespaces: ['*'], ...accept } },
});

export const house = (change: Partial<House> = {}): House => ({
  cluster: 'b',
  self: self({ sharedNamespaces: ['*'] }),
  claims: {},
  delegatesIn: () => [],
  mayReport: () => false,
  podOf: () => undefined,
  ...change,
});

export const state = (change: Partial<DelegateState> = {}): DelegateState => ({
  cluster: 'b',
  house: house(),
  delegation: delegation(),
  others: [],
  hadRun: false,
  noNodeAfterMs: 30_000,
  now: 1_000_000,
  ...change,
});
