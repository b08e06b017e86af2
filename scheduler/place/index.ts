/** Placement for those outside this room (`berth explain`, `berth simulate`): give it a snapshot, ask about a pod. */

export { type Fleet, snapshotOf } from '../snapshot/build.ts';
export { Snapshot } from '../snapshot/snapshot.ts';
export { type ClusterReason, type PassedOverNow, type Placement, place } from './choose.ts';
export { type PodRequest, requestOf } from './demand.ts';
export { summary } from './explain.ts';
