/** Step 5, the source's half: a decision becomes a delegation in the namespace of the pair. */
import {
  type Action,
  API_VERSION,
  delegateName,
  type Pod,
  type PodDelegation,
  pairNamespace,
  refusalOf,
} from '../../api/index.ts';
import { followersOf } from '../follow/references.ts';
import { currentDelegation, type SourceState } from './state.ts';

/**
 * Withdraws what earlier attempts left and asks for the attempt that was decided. A further attempt is only decided
 * when the target refused the one before, which says that no delegate of it is there or will be (invariant 1); the
 * check here is the second lock. A bound proxy has had its delegate: a delegation that is missing then was lost with
 * the hub, and asking again could run the pod twice.
 */
export function delegate(state: SourceState): Action[] {
  const { proxy, decision } = state;
  if (proxy === undefined || decision === undefined) return [];
  const earlier = state.delegations.filter(({ spec }) => spec.attempt < decision.spec.attempt);
  const withdrawals = earlier.flatMap((delegation) => withdraw(delegation));
  if (decision.spec.target === undefined || currentDelegation(state) !== undefined) return withdrawals;
  if (proxy.spec.nodeName !== undefined || state.bindingSent) return withdrawals;
  const namespace = pairNamespace(state.cluster, decision.spec.target);
  const blocked = earlier.some((old) => refusalOf(old) === undefined || old.metadata.namespace === namespace);
  const original = state.original();
  if (blocked || !('pod' in original)) return withdrawals;
  return [...withdrawals, createDelegation(state, decision.spec.target, decision.spec.attempt, original.pod)];
}

function createDelegation(state: SourceState, target: string, attempt: number, original: Pod): Action {
  const { uid, cluster } = state;
  const pod = { namespace: original.metadata.namespace ?? '', name: original.metadata.name, uid };
  // At home they are there.
  const follow = target === cluster ? [] : followersOf(original);
  return {
    do: 'create',
    at: 'hub',
    resource: 'poddelegations',
    object: {
      apiVersion: API_VERSION,
      kind: 'PodDelegation',
      metadata: { name: uid, namespace: pairNamespace(cluster, target) },
      ...{
        spec: {
          pod,
          source: cluster,
          target,
          attempt,
          delegate: { namespace: pod.namespace, name: delegateName(cluster, pod, attempt) },
          manifest: JSON.stringify(original),
          ...(follow.length > 0 && { follow }),
          desired: 'Run',
        },
      },
    },
  };
}

/** Not 0: the delegate is to be killed at once, but not forgotten by its API server while it may still run. In seconds. */
export const SHORTEST_GRACE = 1;

/** Asks the target to remove the delegate, and then the delegation. Nothing if it was asked already, for no later. */
export function withdraw(delegation: PodDelegation, gracePeriodSeconds?: number): Action[] {
  const { desired, gracePeriodSeconds: given = 0 } = delegation.spec;
  if (desired === 'Gone' && (gracePeriodSeconds === undefined || gracePeriodSeconds >= given)) return [];
  return [
    patchSpec(delegation, { desired: 'Gone', ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }) }),
  ];
}

/** Asks the target for something else about a delegation that is there. */
export const patchSpec = ({ metadata }: PodDelegation, spec: Partial<PodDelegation['spec']>): Action => ({
  do: 'patch',
  at: 'hub',
  resource: 'poddelegations',
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  type: 'merge',
  body: { metadata: { uid: metadata.uid }, spec },
});
