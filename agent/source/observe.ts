/** Step 2: a proxy that may go is told to the hub, by requests and constraints. */
import {
  type Action,
  ANNOTATION,
  API_VERSION,
  memberNamespace,
  type Pod,
  type PodObservationSpec,
  podRequests,
  toResourceList,
} from '../../api/index.ts';
import type { SourceState } from './state.ts';

/**
 * One create, once the last scheduling gate is gone. A proxy that is bound has had its delegate: if its observation is
 * missing, the hub lost it, and a second observation could make a second delegate (invariant 1).
 */
export function observe(state: SourceState): Action[] {
  const { proxy, observation, cluster, uid } = state;
  if (proxy === undefined || observation !== undefined || proxy.spec.nodeName !== undefined) return [];
  if ((proxy.spec.schedulingGates ?? []).length > 0) return [];
  const original = state.original();
  if (!('pod' in original)) return [];
  return [
    {
      do: 'create',
      at: 'hub',
      resource: 'podobservations',
      object: {
        apiVersion: API_VERSION,
        kind: 'PodObservation',
        metadata: { name: uid, namespace: memberNamespace(cluster) },
        ...{ spec: observationSpec(original.pod, proxy, uid) },
      },
    },
  ];
}

/** What the scheduler needs to know of a pod to place it. */
export function observationSpec(original: Pod, proxy: Pod, uid: string): PodObservationSpec {
  const { spec, metadata } = original;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const clusterNames = names(metadata.annotations?.[ANNOTATION.clusterName]);
  const clusterSelector = metadata.annotations?.[ANNOTATION.clusterSelector];
  return {
    pod: { namespace: proxy.metadata.namespace ?? '', name: proxy.metadata.name, uid },
    requests: toResourceList(podRequests(spec)),
    priority: proxy.spec.priority ?? 0,
    ...(spec.nodeSelector === undefined ? {} : { nodeSelector: spec.nodeSelector }),
    ...(terms === undefined ? {} : { nodeAffinity: terms }),
    ...(spec.tolerations === undefined ? {} : { tolerations: spec.tolerations }),
    ...(clusterNames.length === 0 ? {} : { clusterNames }),
    ...(clusterSelector === undefined ? {} : { clusterSelector }),
  };
}

const names = (list: string | undefined): string[] =>
  (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
