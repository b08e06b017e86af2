/**
 * What delegates use, as their target's agent tells their source's: made from the target's metrics API
 * (k8s.io/metrics, v1beta1, PodMetrics), read with distrust in the source.
 */
import { parseQuantity } from '../../../api/index.ts';

/** Where an agent asks another for it. */
export const USAGE_PATH = '/v1/usage';

export interface ContainerUsage {
  name: string;
  /** Mean over some seconds before. */
  cores: number;
  /** Working set. */
  bytes: number;
}

export interface PodUsage {
  /** Of the proxy. */
  uid: string;
  /** When it was measured, by the target's clock: milliseconds since the epoch. */
  at: number;
  containers: ContainerUsage[];
}

/** Not known where the target has no metrics API. */
export type UsageReport = { known: true; pods: PodUsage[] } | { known: false };

/** Of the metrics API's list those pods that are delegates: `proxyUid` says of which proxy. What cannot be read is left out. */
export function reportOf(
  list: unknown,
  proxyUid: (namespace: string, name: string) => string | undefined,
): UsageReport {
  const pods = array(field(list, 'items')).flatMap((item): PodUsage[] => {
    const metadata = field(item, 'metadata');
    const uid = proxyUid(text(field(metadata, 'namespace')), text(field(metadata, 'name')));
    const at = Date.parse(text(field(item, 'timestamp')));
    if (uid === undefined || Number.isNaN(at)) return [];
    const containers = array(field(item, 'containers')).map(measured);
    return [{ uid, at, containers }];
  });
  return { known: true, pods };
}

function measured(container: unknown): ContainerUsage {
  const usage = field(container, 'usage');
  const amount = (name: string) => parseQuantity(text(field(usage, name))) ?? 0;
  return { name: text(field(container, 'name')), cores: amount('cpu'), bytes: Math.round(amount('memory')) };
}

/** What no container has. */
const MAX_CORES = 1e6;
/** The last that can be written with a year of four digits. */
const MAX_AT = Date.UTC(9999, 11, 31);

/** The report in this text; undefined if it is none. Pods and containers that are none are left out. */
export function parseReport(json: string): UsageReport | undefined {
  const told = parsed(json);
  const known = field(told, 'known');
  if (known === false) return { known };
  const pods = field(told, 'pods');
  return known === true && Array.isArray(pods) ? { known, pods: pods.flatMap(podIn) } : undefined;
}

function podIn(told: unknown): PodUsage[] {
  const [uid, at] = [text(field(told, 'uid')), field(told, 'at')];
  if (uid === '' || !isAmount(at, MAX_AT)) return [];
  return [{ uid, at, containers: array(field(told, 'containers')).flatMap(containerIn) }];
}

function containerIn(told: unknown): ContainerUsage[] {
  const [name, cores, bytes] = [text(field(told, 'name')), field(told, 'cores'), field(told, 'bytes')];
  return name !== '' && isAmount(cores, MAX_CORES) && isAmount(bytes) ? [{ name, cores, bytes }] : [];
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // no report, as anything else that is none
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
const array = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const isAmount = (value: unknown, most = Number.MAX_SAFE_INTEGER): value is number =>
  typeof value === 'number' && value >= 0 && value <= most;
