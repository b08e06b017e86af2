/** A snapshot in one go from lists, for those who ask once and do not watch. */
import type { Cluster, NodePoolObservation, PodDecision, PodDelegation, PodObservation } from '../../api/index.ts';
import { enterCluster, enterDecision, enterDelegation, enterObservation, enterPool } from './enter.ts';
import { Ledger } from './ledger.ts';
import { Snapshot } from './snapshot.ts';

/** All objects of these kinds on a hub. */
export interface Fleet {
  clusters: Cluster[];
  pools: NodePoolObservation[];
  observations: PodObservation[];
  decisions: PodDecision[];
  delegations: PodDelegation[];
}

/** The fleet now; who is online is what the scheduler last wrote into the Clusters' condition Ready. */
export function snapshotOf(fleet: Fleet): Snapshot {
  const snapshot = new Snapshot();
  const ledger = new Ledger(snapshot);
  for (const now of fleet.clusters) {
    enterCluster(snapshot, { now });
    const ready = now.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    snapshot.setOnline(now.metadata.name, ready ?? false);
  }
  for (const now of fleet.pools) enterPool(snapshot, { now });
  for (const now of fleet.observations) enterObservation(ledger, { now });
  for (const now of fleet.decisions) enterDecision(ledger, { now });
  for (const now of fleet.delegations) enterDelegation(ledger, { now });
  return snapshot;
}
