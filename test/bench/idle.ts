/** One pod at a time: what election adds to the time from create to running. */
import type { Pod } from '../../api/index.ts';
import type { Ground, Site } from './ground.ts';
import { elected, plain } from './pods.ts';

export type Idle = {
  /** Seconds from create sent to running seen; one of each per pair. */
  readonly plain: number[];
  readonly elected: number[];
  /** UIDs of the proxies by name. */
  readonly proxies: Map<string, string>;
};

/** Long enough that the pod is seen to run before it ends. */
const DURATION = '300ms';

export const idleNames = (pairs: number, prefix: string) =>
  Array.from({ length: pairs }, (_, index) => ({ plain: `${prefix}-plain-${index}`, elected: `${prefix}-${index}` }));

/** Pairs of a plain pod on the source's nodes and an elected one, which goes first by turns; each ends before the next. */
export async function runIdle(
  { source }: Ground,
  names: ReturnType<typeof idleNames>,
  signal: AbortSignal,
): Promise<Idle> {
  const idle: Idle = { plain: [], elected: [], proxies: new Map() };
  for (const [index, pair] of names.entries()) {
    const one = async () => void idle.plain.push((await runOne(source, plain(pair.plain, DURATION), signal)).seconds);
    const other = async () => {
      const { seconds, uid } = await runOne(source, elected(pair.elected, DURATION), signal);
      idle.elected.push(seconds);
      idle.proxies.set(pair.elected, uid);
    };
    for (const run of index % 2 === 0 ? [one, other] : [other, one]) await run();
  }
  return idle;
}

/** What election added, pair by pair. */
export const extraSeconds = (idle: Idle): number[] =>
  idle.elected.map((seconds, index) => seconds - (idle.plain[index] ?? Number.NaN));

async function runOne({ client, sightings }: Site, pod: Pod, signal: AbortSignal) {
  const sent = performance.now();
  const created = await client.create<Pod>('pods', pod, { signal });
  const [seen = Number.NaN] = await sightings.running([pod.metadata.name], signal);
  await sightings.ended([pod.metadata.name], signal);
  return { seconds: (seen - sent) / 1000, uid: created.metadata.uid ?? '' };
}
