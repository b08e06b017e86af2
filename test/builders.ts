/** Objects for tests: sensible by default, with what a test is about as overrides. */
import {
  ANNOTATION,
  API_VERSION,
  memberNamespace,
  type Pod,
  type PodDecision,
  type PodDecisionSpec,
  type PodDelegation,
  type PodDelegationSpec,
  type PodDelegationStatus,
  type PodObservation,
  type PodSpec,
  type PodStatus,
  PROXY_SCHEDULER,
  pairNamespace,
} from '../api/index.ts';

export const UID = '11111111-2222-3333-4444-555555555555';

/** A pod as a user would submit it. */
export const original = (spec: Partial<PodSpec> = {}, annotations: Record<string, string> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'step', namespace: 'default', annotations: { [ANNOTATION.elect]: '', ...annotations } },
  spec: {
    containers: [{ name: 'main', image: 'busybox', resources: { requests: { cpu: '200m' } } }],
    ...spec,
  },
});

/** The proxy of `pod`, as the cluster's API server has it. */
export function proxyOf(pod: Pod, spec: Partial<PodSpec> = {}, status: PodStatus = { phase: 'Pending' }): Pod {
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      uid: UID,
      resourceVersion: '10',
      annotations: { ...pod.metadata.annotations, [ANNOTATION.manifest]: JSON.stringify(pod) },
    },
    spec: { ...pod.spec, schedulerName: PROXY_SCHEDULER, ...spec },
    status,
  };
}

const reference = { namespace: 'default', name: 'step', uid: UID };

export const observationOf = (status?: PodObservation['status']): PodObservation => ({
  apiVersion: API_VERSION,
  kind: 'PodObservation',
  metadata: { name: UID, namespace: memberNamespace('home'), uid: 'observation-uid' },
  spec: { pod: reference, requests: { cpu: '200m', pods: '1' }, priority: 0 },
  ...(status === undefined ? {} : { status }),
});

export const decisionFor = (spec: Partial<PodDecisionSpec> = { target: 'away' }): PodDecision => ({
  apiVersion: API_VERSION,
  kind: 'PodDecision',
  metadata: { name: UID, namespace: memberNamespace('home'), uid: 'decision-uid' },
  spec: { pod: reference, attempt: 1, ...spec },
});

export function delegationTo(
  target: string,
  status?: PodDelegationStatus,
  spec: Partial<PodDelegationSpec> = {},
): PodDelegation {
  return {
    apiVersion: API_VERSION,
    kind: 'PodDelegation',
    metadata: {
      name: UID,
      namespace: pairNamespace('home', target),
      uid: `delegation-${target}`,
      resourceVersion: '5',
    },
    spec: {
      pod: reference,
      source: 'home',
      target,
      attempt: 1,
      delegate: { namespace: 'default', name: 'home-default-step-hash' },
      manifest: JSON.stringify(original()),
      desired: 'Run',
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}

export const refused = (message: string): PodDelegationStatus => ({
  conditions: [{ type: 'Refused', status: 'True', reason: 'DelegateRefused', message }],
});
