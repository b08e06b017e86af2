/** Pods that are entered, and what kubectl says of them at home and where they run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { Pod } from '../../api/index.ts';
import { ensureBinaries, pathOf } from '../cluster/binaries.ts';
import { readEnv } from '../cluster/env.ts';
import type { Journey, Site } from '../journeys/fleet.ts';
import { elected, once, shell, UNTIL_TOLD } from '../journeys/pods.ts';
import { delegateOf, proxyThat, running, submit } from '../journeys/steps.ts';
import { type Kubectl, pathTo } from './kubectls.ts';

/** A pod as its user sees it, or as it is where it runs. */
export interface View {
  site: Site;
  pod: Pod;
}

export interface Views {
  proxy: View;
  delegate: View;
}

/** A pod that runs in the target. */
export async function begun(journey: Journey, name: string, script = UNTIL_TOLD): Promise<Views> {
  await submit(journey, elected(name, journey.target.name, once([shell('main', script)])));
  const proxy = await proxyThat(journey, name, running);
  const delegate = await delegateOf(journey, proxy, running);
  return { proxy: { site: journey.source, pod: proxy }, delegate: { site: journey.target, pod: delegate } };
}

export interface Started {
  child: ChildProcess;
  /** Bytes on standard output, and their hash, once it has ended. */
  ended: Promise<{ code: number | null; length: number; hash: string; stderr: string }>;
}

/** Starts `kubectl VERB -n NAMESPACE POD …` without keeping what it prints. */
export async function start(view: View, verb: string, args: readonly string[], env: object = {}): Promise<Started> {
  const path = pathOf(await ensureBinaries(['kubectl'], { env: readEnv(), log: console.log }), 'kubectl');
  return launch(path, wordsOf(view, verb, args), env);
}

/** The same with this kubectl. */
export const startWith = async (kubectl: Kubectl, view: View, verb: string, args: readonly string[]) =>
  launch(await pathTo(kubectl), wordsOf(view, verb, args), kubectl.env);

/** Arguments of kubectl: what follows `--` goes behind the pod's name. */
export function wordsOf({ site, pod }: View, verb: string, args: readonly string[]): string[] {
  const { name, namespace = '' } = pod.metadata;
  const [before, after] = split(args);
  return ['--kubeconfig', site.kubeconfig, verb, '-n', namespace, ...before, name, ...after];
}

/** Starts a program without keeping what it prints. */
export function launch(path: string, args: readonly string[], env: object = {}): Started {
  const { processEnv } = readEnv();
  const child = spawn(path, args, { env: { ...processEnv, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const hash = createHash('sha256');
  let length = 0;
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    length += chunk.length;
    hash.update(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, ended: ended.then((code) => ({ code, length, hash: hash.digest('hex'), stderr })) };
}

/** Options, and what comes behind the pod's name. */
function split(args: readonly string[]): [readonly string[], readonly string[]] {
  const at = args.indexOf('--');
  return at === -1 ? [args, []] : [args.slice(0, at), args.slice(at)];
}

export const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
