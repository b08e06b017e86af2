/** Many pods at once: elected ones, and as a ceiling two plain ones for each, in both clusters at the same time. */
import type { Ground, Site } from './ground.ts';
import { type Used, used, usedSince } from './host.ts';
import { createAll, deleteAll, elected, plain } from './pods.ts';

export type Burst = Used & {
  readonly pods: number;
  /** From the first create sent to the last pod seen to run (or to have ended). */
  readonly seconds: number;
  /** UIDs of the pods by name. */
  readonly uids: Map<string, string>;
};

/** Longer than any burst takes, for elected and plain pods alike: so that starts compete with starts, not with ends. */
const DURATION = '30s';

export const burstNames = (pods: number, prefix: string): string[] =>
  Array.from({ length: pods }, (_, index) => `${prefix}-${index}`);

/** Elected pods, from the first create to the last end; CPU is counted as long. */
export const runElected = (
  { source, processes }: Ground,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Burst> => measured(processes, names.length, () => runAll(source, names, elected, signal));

/** Two plain pods for each name: one in the source, one in the target. They are deleted afterwards. */
export async function runCeiling(ground: Ground, names: readonly string[], signal: AbortSignal): Promise<Burst> {
  const { source, target, processes } = ground;
  const result = await measured(processes, names.length, async () => {
    const [one, other] = await Promise.all([source, target].map((site) => runAll(site, names, plain, signal)));
    return { running: Math.max(one?.running ?? 0, other?.running ?? 0), uids: one?.uids ?? new Map() };
  });
  await Promise.all([source, target].map((site) => deleteAll(site, names, signal)));
  return result;
}

type Run = { running: number; uids: Map<string, string> };

async function runAll(site: Site, names: readonly string[], make: typeof plain, signal: AbortSignal): Promise<Run> {
  const uids = await createAll(
    site,
    names.map((name) => make(name, DURATION)),
    signal,
  );
  const running = Math.max(...(await site.sightings.running(names, signal)));
  await site.sightings.ended(names, signal);
  return { running, uids };
}

async function measured(processes: Ground['processes'], pods: number, run: () => Promise<Run>): Promise<Burst> {
  const before = await used(processes);
  const sent = performance.now();
  const { running, uids } = await run();
  const cpu = usedSince(await used(processes), before);
  return { ...cpu, pods, seconds: (running - sent) / 1000, uids };
}
