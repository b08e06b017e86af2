/**
 * What this cluster takes, whatever the hub's scheduler decided: the target's agent is the last to ask. Only new
 * delegates are refused; what runs keeps running (docs/adr/0007-what-a-target-accepts.md).
 */
import {
  type Action,
  type Cluster,
  DELEGATE,
  isShared,
  NAMESPACE_CLAIMS,
  type Pod,
  type PodDelegation,
  type Reason,
  refusesNamespace,
  refusesPodsOf,
  SYSTEM_NAMESPACE,
} from '../../api/index.ts';
import { parseManifest } from './delegate-pod.ts';

/** What of this cluster decides about a new delegate. */
export interface House {
  cluster: string;
  /** Its own `Cluster` on the hub; undefined: it is not registered. */
  self: Cluster | undefined;
  /** By namespace: the other cluster that was the first to have a delegate there. */
  claims: Readonly<Record<string, string>>;
  /** Delegates that are in the namespace now; asked only where nothing is claimed. */
  delegatesIn: (namespace: string) => Pod[];
  /** Whether a service account (`namespace/name`) was lately given the right to report results. */
  mayReport: (account: string) => boolean;
  /** The pod of this cluster with that UID. */
  podOf: (uid: string) => Pod | undefined;
}

/** Why no new delegate of this delegation may be; undefined if one may. */
export function notAccepted(delegation: PodDelegation, house: House): Reason | undefined {
  const { source, delegate } = delegation.spec;
  const { cluster, self } = house;
  if (self === undefined) return { reason: 'NotAccepted', message: `${cluster} is not registered on the hub` };
  const refusal = refusesPodsOf(source, self.spec) ?? refusesNamespace(delegate.namespace, self.spec);
  if (refusal !== undefined) return refusal;
  return source === cluster ? notOurs(delegation, house) : taken(source, delegate.namespace, house);
}

/** Delegates of a cluster's own pods are judged by no policy but home's: so there must be such a pod at home. */
function notOurs({ spec }: PodDelegation, { cluster, podOf }: House): Reason | undefined {
  const proxy = podOf(spec.pod.uid);
  const manifest = parseManifest(spec);
  const account = (pod: Pod | undefined): string => pod?.spec.serviceAccountName || 'default';
  const same =
    proxy?.metadata.namespace === spec.delegate.namespace &&
    account(proxy) === account(manifest) &&
    (proxy.spec.priorityClassName ?? '') === (manifest?.spec.priorityClassName ?? '');
  if (same) return undefined;
  return { reason: 'NotAccepted', message: `${cluster} has no pod ${spec.pod.uid} that asks for this` };
}

function taken(source: string, namespace: string, { self, claims, delegatesIn, cluster }: House): Reason | undefined {
  if (self === undefined || isShared(namespace, self.spec)) return undefined;
  const owner =
    claims[namespace] ??
    delegatesIn(namespace)
      .map(sourceOf)
      .find((each) => each !== cluster);
  if (owner === undefined || owner === source) return undefined;
  return { reason: 'NamespaceTaken', message: `namespace ${namespace} is used by ${owner}` };
}

const sourceOf = ({ metadata }: Pod): string => metadata.labels?.[DELEGATE.source] ?? '';

/** Writes down that the source has the namespace, once its first delegate is there: a mere wish claims nothing. */
export function claim({ spec }: PodDelegation, { cluster, self, claims }: House): Action[] {
  const { source, delegate } = spec;
  const { namespace } = delegate;
  if (source === cluster || claims[namespace] !== undefined) return [];
  if (self === undefined || isShared(namespace, self.spec)) return [];
  return [
    {
      do: 'patch',
      at: 'home',
      resource: 'configmaps',
      namespace: SYSTEM_NAMESPACE,
      name: NAMESPACE_CLAIMS,
      type: 'merge',
      body: { data: { [namespace]: source } },
    },
  ];
}
