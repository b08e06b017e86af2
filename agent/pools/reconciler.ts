/** The room of this cluster as the hub hears of it: the only writer of NodePoolObservations. */
import type { Node, Pod } from '../../api/index.ts';
import {
  type ApiClient,
  type Controller,
  type Log,
  type Runner,
  type Store,
  startController,
} from '../../kube/index.ts';
import { HubSide } from './hub-side.ts';
import { Members } from './members.ts';
import { planPool } from './plan.ts';
import { Usage } from './usage.ts';

export interface PoolsOptions {
  cluster: string;
  hub: ApiClient;
  nodes: Store<Node>;
  /** All pods of the cluster (see trim.ts). */
  pods: Store<Pod>;
  act: Runner;
  /** Milliseconds since the epoch. */
  now: () => number;
  random: () => number;
  signal: AbortSignal;
  log: Log;
}

/** Between two writes of one pool. */
const MIN_GAP_MS = 1_000;
/** How long observations that somebody removed or changed on the hub may stay so. */
const REREAD_MS = 60_000;

/** Serves pools, by name, until the signal aborts. */
export function startPools(options: PoolsOptions): Controller {
  const { nodes, pods, now, signal, log, random } = options;
  const usage = new Usage();
  const members = new Members();
  const hubSide = new HubSide({ ...options, rereadMs: REREAD_MS });
  const writtenAt = new Map<string, number>();

  const reconcile = async (pool: string, aborted: AbortSignal) => {
    await Promise.all([nodes.whenSynced(aborted), pods.whenSynced(aborted)]);
    const left = (writtenAt.get(pool) ?? Number.NEGATIVE_INFINITY) + MIN_GAP_MS - now();
    if (left > 0) return { wakeAfterMs: left };
    const told = await hubSide.read(aborted);
    for (const name of told.keys()) if (name !== pool && !members.has(name)) controller.enqueue(name);
    const action = planPool({ ...options, pool, told: told.get(pool), spec: members.specOf(pool, usage) });
    if (action === undefined) return members.has(pool) ? { wakeAfterMs: REREAD_MS } : {};
    writtenAt.set(pool, now());
    await hubSide.write(action, told.get(pool), aborted);
    return { wakeAfterMs: REREAD_MS };
  };
  const controller = startController({ name: 'pools', workers: 1, reconcile, signal, log, now, random });

  const onNode = (old: Node | undefined, node: Node | undefined) => {
    for (const pool of members.apply(old, node)) controller.enqueue(pool);
  };
  const onPod = (old: Pod | undefined, pod: Pod | undefined) => {
    for (const node of usage.apply(old, pod)) {
      const pool = members.poolOf(node);
      if (pool !== undefined) controller.enqueue(pool);
    }
  };
  controller.enqueue('default'); // finds what is left on the hub of pools that vanished while we were away
  for (const node of nodes.values()) onNode(undefined, node);
  for (const pod of pods.values()) onPod(undefined, pod);
  const unsubscribe = [
    nodes.subscribe((change) => onNode(change.old, change.now)),
    pods.subscribe((change) => onPod(change.old, change.now)),
  ];
  const stopped = controller.stopped.then(() => {
    for (const stop of unsubscribe) stop();
  });
  return { ...controller, stopped };
}
