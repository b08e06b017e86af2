/** Two members that are one cluster: it would observe and run every pod twice, so only one of them takes part. */
import type { Cluster } from '../../api/index.ts';

/** The member that this one is the same cluster as, if that one was registered before; undefined otherwise. */
export const twinOf = (cluster: Cluster, clusters: Iterable<Cluster>): string | undefined => {
  const { uid } = cluster.spec;
  if (uid === undefined) return undefined;
  for (const other of clusters) if (other.spec.uid === uid && isBefore(other, cluster)) return other.metadata.name;
  return undefined;
};

const isBefore = ({ metadata: a }: Cluster, { metadata: b }: Cluster): boolean => {
  const [ofA = '', ofB = ''] = [a.creationTimestamp, b.creationTimestamp];
  return ofA === ofB ? a.name < b.name : ofA < ofB;
};
