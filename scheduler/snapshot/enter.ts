/** Enters objects of the hub, as they come and go, into snapshot and ledger. */
import type {
  Cluster,
  KubeObject,
  NodePoolObservation,
  PodDecision,
  PodDelegation,
  PodObservation,
} from '../../api/index.ts';
import type { Ledger } from './ledger.ts';
import { memberOf, pairOf } from './namespaces.ts';
import type { PodState } from './pod.ts';
import type { Snapshot } from './snapshot.ts';

/** One object before and after; `now` undefined: it is gone. */
export interface Change<T extends KubeObject> {
  old?: T | undefined;
  now?: T | undefined;
}

const either = <T extends KubeObject>({ old, now }: Change<T>): T | undefined => now ?? old;

export function enterCluster(snapshot: Snapshot, change: Change<Cluster>): void {
  const name = either(change)?.metadata.name;
  if (name !== undefined && memberOf(`berth-${name}`) !== undefined) snapshot.applyCluster(name, change.now);
}

export function enterPool(snapshot: Snapshot, change: Change<NodePoolObservation>): void {
  const pool = either(change);
  const cluster = memberOf(pool?.metadata.namespace);
  if (pool !== undefined && cluster !== undefined) snapshot.applyPool(cluster, pool.metadata.name, change.now);
}

/** The pod's state afterwards; undefined for objects that are not where they belong. */
export function enterObservation(ledger: Ledger, change: Change<PodObservation>): PodState | undefined {
  const observation = either(change);
  const source = memberOf(observation?.metadata.namespace);
  if (observation === undefined || source === undefined) return undefined;
  return ledger.applyObservation(source, observation.metadata.name, change.now);
}

export function enterDecision(ledger: Ledger, change: Change<PodDecision>): PodState | undefined {
  const decision = either(change);
  const source = memberOf(decision?.metadata.namespace);
  if (decision === undefined || source === undefined) return undefined;
  return ledger.applyDecision(source, decision.metadata.name, change.now);
}

export function enterDelegation(ledger: Ledger, change: Change<PodDelegation>): PodState | undefined {
  const delegation = either(change);
  const pair = pairOf(delegation?.metadata.namespace);
  if (delegation === undefined || pair === undefined) return undefined;
  const { name } = delegation.metadata;
  return ledger.applyDelegation(pair, delegation.spec.pod.uid, `${pair.target}/${name}`, change.now);
}
