/** Which cluster a name stands for: a cluster under two names would run every pod twice. */
import { type Cluster, UserError } from '../../api/index.ts';

export interface Identified {
  name: string;
  /** UID of its namespace kube-system, which is as old as the cluster. */
  uid: string;
}

/**
 * Throws if two members are the same cluster (SameCluster), or if a name belongs to another cluster already
 * (ClusterNameTaken); `registered` are the Clusters on the hub.
 */
export function checkIdentities(members: readonly Identified[], registered: readonly Cluster[]): void {
  const names = new Map<string, string>();
  for (const { metadata, spec } of registered) if (spec.uid !== undefined) names.set(spec.uid, metadata.name);
  for (const { name, uid } of members) {
    const before = registered.find(({ metadata }) => metadata.name === name)?.spec.uid;
    if (before !== undefined && before !== uid)
      throw new UserError(
        'ClusterNameTaken',
        `${name} is another cluster on the hub: its namespace kube-system has UID ${before}, here it is ${uid}`,
      );
    const twin = names.get(uid);
    if (twin !== undefined && twin !== name)
      throw new UserError('SameCluster', `${name} and ${twin} are the same cluster (UID ${uid})`);
    names.set(uid, name);
  }
}
