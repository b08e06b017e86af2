import type { PodStatus } from '../../api/index.ts';
import type { SentMeta } from './owner.ts';
import type { Ending, Told } from './state.ts';

/** Memory beside the caches, emptied as the objects on the hub go. */
export interface Memory {
  /** Bindings that we sent and the cache does not show. */
  bound: Set<string>;
  /** UIDs of which the API server said that no pod has them. */
  gone: Set<string>;
  /** By the proxy's UID: steps that Argo signalled to end. */
  endings: Map<string, Ending>;
  /** Proxies that ran and vanished at once. */
  forced: Set<string>;
  /** By the proxy's UID: what a delegation that is gone said last. */
  lastReports: Map<string, PodStatus>;
  /** By the proxy's UID: what the manifest of that attempt carries, which never changes. */
  sent: Map<string, { attempt: number; meta: SentMeta }>;
  /** By the proxy's UID: what Argo was told of its step's result. */
  told: Map<string, Told>;
  /** By the proxy's UID: of which attempt the target has what follows the pod. */
  sentFollowers: Map<string, number>;
  /** By the proxy's UID: of how many warnings of that attempt it has Events. */
  warned: Map<string, { attempt: number; count: number }>;
}

export const emptyMemory = (): Memory => ({
  bound: new Set(),
  gone: new Set(),
  endings: new Map(),
  forced: new Set(),
  lastReports: new Map(),
  sent: new Map(),
  told: new Map(),
  sentFollowers: new Map(),
  warned: new Map(),
});

/** Nothing of this proxy is left anywhere. */
export function forget(memory: Memory, uid: string): void {
  for (const part of Object.values(memory) as Memory[keyof Memory][]) part.delete(uid);
}
