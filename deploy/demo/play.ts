/** A whole demo: everything is started, shown, and ended or left as the user wants it. */
import { copyFile, readdir, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { ensureBinaries, pathOf } from '../../test/cluster/binaries.ts';
import type { HarnessEnv } from '../../test/cluster/env.ts';
import { demo } from './demo.ts';
import { demoFolder, endKept, howToUse, recordBerth } from './kept.ts';
import { type Outcomes, summary } from './report.ts';
import { type Stage, startStage } from './stage.ts';
import type { View } from './view.ts';

export interface PlayOptions {
  nodes: 'auto' | 'kubelet' | 'simulated';
  keep: boolean;
  env: HarnessEnv;
  view: View;
  /** Fires when the user wants no more; everything is ended then, even with `keep`. */
  signal: AbortSignal;
  /** Milliseconds of a clock that only goes forward. */
  now: () => number;
}

interface Play extends PlayOptions {
  /** Of the demo's own files. */
  folder: string;
  log: (line: string) => void;
}

/** Rejects when a pod does not end as it should, when a run takes too long, and when the signal fires. */
export async function play(options: PlayOptions): Promise<Outcomes> {
  const { view, now, keep, env } = options;
  const begun = now();
  const log = (line: string) => view.say(`${((now() - begun) / 1000).toFixed(1).padStart(6)} s  ${line}`, 'dim');
  const o: Play = { ...options, log, folder: demoFolder(env, keep) };
  if (keep) await endKept(env, log);
  const stage = await startStage(o).catch(async (error: unknown) => {
    if (o.signal.aborted) await rm(o.folder, { recursive: true, force: true });
    throw error;
  });
  const outcomes = await perform(stage, o).catch(async (error: unknown) => {
    await afterFailure(stage, o);
    throw error;
  });
  view.say(`\n${summary(outcomes)}\n`);
  await afterSuccess(stage, o);
  return outcomes;
}

async function perform(stage: Stage, { keep, env, view, now }: Play): Promise<Outcomes> {
  if (keep) await recordBerth(env, stage.berth.pid);
  return demo(stage, view, now);
}

async function afterSuccess(stage: Stage, o: Play): Promise<void> {
  if (o.keep) return leave(stage, o);
  await stage.stop();
  await rm(o.folder, { recursive: true, force: true });
  o.log('Berth and the clusters are down');
}

async function afterFailure(stage: Stage, o: Play): Promise<void> {
  const { signal, keep, folder, view } = o;
  if (keep && !signal.aborted) return leave(stage, o);
  if (!signal.aborted) await saveLogs(stage, folder);
  // The first failure is the one to tell at length; this may be no more than its echo.
  await stage.stop().catch((error: unknown) => o.log(`while all was ended: ${String(error).split('\n')[0]}`));
  if (signal.aborted) await rm(folder, { recursive: true, force: true });
  else view.say(`The logs of Berth and of the clusters are in ${folder}`);
}

async function leave(stage: Stage, { env, log, view }: Play): Promise<void> {
  await stage.leave();
  const path = pathOf(await ensureBinaries(['kubectl'], { env, log }), 'kubectl');
  const known = env.processEnv['PATH']?.split(delimiter).includes(dirname(path)) === true;
  view.say(howToUse(stage.clusters, known ? undefined : path));
}

/** Before the clusters' folders go. */
async function saveLogs({ clusters }: Stage, folder: string): Promise<void> {
  for (const { name, kubeconfig } of clusters) {
    const from = dirname(kubeconfig);
    const logs = (await readdir(from)).filter((file) => file.endsWith('.log'));
    await Promise.all(logs.map((file) => copyFile(join(from, file), join(folder, `${name}-${file}`))));
  }
}
