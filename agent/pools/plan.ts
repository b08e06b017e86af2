/** One pool's observation on the hub: made, changed or removed; nothing if it is right. */
import { isDeepStrictEqual } from 'node:util';
import {
  type Action,
  API_VERSION,
  memberNamespace,
  type NodePoolObservation,
  type NodePoolObservationSpec,
} from '../../api/index.ts';

export interface PoolState {
  cluster: string;
  pool: string;
  /** What the hub has. */
  told: NodePoolObservation | undefined;
  /** What it should have; undefined if the pool has no nodes any more. */
  spec: NodePoolObservationSpec | undefined;
}

export function planPool({ cluster, pool, told, spec }: PoolState): Action | undefined {
  const resource = 'nodepoolobservations';
  const namespace = memberNamespace(cluster);
  const address = { at: 'hub', resource, namespace, name: pool } as const;
  if (spec === undefined) return told && { do: 'delete', ...address, uid: told.metadata.uid ?? '' };
  if (told === undefined) {
    const metadata = { name: pool, namespace };
    const object: NodePoolObservation = { apiVersion: API_VERSION, kind: 'NodePoolObservation', metadata, spec };
    return { do: 'create', at: 'hub', resource, object };
  }
  if (isDeepStrictEqual(told.spec, spec)) return undefined;
  return { do: 'patch', ...address, type: 'merge', body: { spec } };
}
