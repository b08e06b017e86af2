/** Which targets of a source do not report, as the scheduler says it of this member. */
import type { Cluster } from '../api/index.ts';

export interface Reports {
  /** True only if the hub said so: a hub that is away says nothing, and nothing changes. */
  isOffline(target: string): boolean;
  /** Calls `listener` with the targets of which the answer has changed. Returns what ends that. */
  onChange(listener: (targets: string[]) => void): () => void;
}

interface SelfStore {
  get(key: string): Cluster | undefined;
  subscribe(listener: (change: { old?: Cluster; now?: Cluster }) => void): () => void;
}

/** Reads them from the member's own `Cluster`. */
export function reportsOf(self: SelfStore, cluster: string): Reports {
  const offline = (of: Cluster | undefined) => of?.status?.offlineTargets ?? [];
  return {
    isOffline: (target) => offline(self.get(cluster)).includes(target),
    onChange: (listener) =>
      self.subscribe(({ old, now }) => {
        const [before, after] = [offline(old), offline(now)];
        const changed = [...before, ...after].filter((target) => before.includes(target) !== after.includes(target));
        if (changed.length > 0) listener(changed);
      }),
  };
}
