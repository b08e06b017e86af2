/** What the proxies on each virtual node use, asked of their targets when somebody asks us. */
import { type Pod, PROXY_SCHEDULER, virtualNodeName } from '../../../api/index.ts';
import type { Log, Store } from '../../../kube/index.ts';
import type { AskUsage } from '../../streams/usage/ask.ts';
import { count, type NodeUsage } from './counters.ts';

export interface UsageOptions {
  /** All pods of this cluster, with index `uid`. */
  pods: Store<Pod>;
  askUsage: AskUsage;
  now: () => number;
  signal: AbortSignal;
  log: Log;
}

/** Of the target's node; rejects if the target cannot be asked. */
export type UsageOn = (target: string) => Promise<NodeUsage>;

/** Collectors ask every 15 s or more seldom, each for itself. */
const FRESH_MS = 5_000;
/** metrics-server waits 10 s. */
const ASK_MS = 8_000;

interface Known {
  usage: NodeUsage;
  /** When it was last told, by our clock. */
  toldAt: number;
  asking?: Promise<NodeUsage>;
  /** Why nothing is told, as the log says already. */
  said?: string;
}

/** One question to a target at a time, whoever asks meanwhile. */
export function createUsage(options: UsageOptions): UsageOn {
  const all = new Map<string, Known>();
  return (target) => {
    const known = all.get(target) ?? { usage: { pods: [] }, toldAt: Number.NEGATIVE_INFINITY };
    all.set(target, known);
    if (known.asking !== undefined) return known.asking;
    if (options.now() - known.toldAt < FRESH_MS) return Promise.resolve(known.usage);
    const asking = ask(options, target, known).finally(() => {
      delete known.asking;
    });
    known.asking = asking;
    return asking;
  };
}

async function ask(options: UsageOptions, target: string, known: Known): Promise<NodeUsage> {
  const { askUsage, pods, now, signal } = options;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]);
  const report = await askUsage(target, deadline).catch((error: unknown) => {
    if (!signal.aborted) sayOnce(options, known, target, error instanceof Error ? error.message : String(error));
    throw error;
  });
  if (report.known) delete known.said;
  else sayOnce(options, known, target, 'that cluster has no metrics API (metrics.k8s.io)');
  const proxyOf = (uid: string) => pods.by('uid', uid).find((pod) => isProxyOn(pod, target));
  const { counts } = known.usage;
  known.usage = report.known ? count(known.usage, report.pods, proxyOf) : { pods: [], ...(counts && { counts }) };
  known.toldAt = now();
  return known.usage;
}

function sayOnce({ log }: UsageOptions, known: Known, target: string, why: string): void {
  if (known.said !== why) log.warn({ target }, `what proxies use there is not known: ${why}`);
  known.said = why;
}

const isProxyOn = ({ spec }: Pod, target: string): boolean =>
  spec.schedulerName === PROXY_SCHEDULER && spec.nodeName === virtualNodeName(target);

export const proxiesOn = (pods: Store<Pod>, target: string): Pod[] =>
  [...pods.values()].filter((pod) => isProxyOn(pod, target));
