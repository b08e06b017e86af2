/** Placement for those outside this room (`berth explain`, `berth simulate`): give it a snapshot, ask about a pod. */

export { type Fleet, snapshotOf } from '../snapshot/build.ts';
export { place } from './choose.ts';
export { requestOf } from './demand.ts';
