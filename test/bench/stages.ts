/** Where the time between create and running goes, from the times at which the API servers got each stage's write. */
import { delegateName, GROUP } from '../../api/index.ts';
import type { Write } from '../cluster/audit.ts';
import { NAMESPACE } from './ground.ts';
import { percentile } from './statistics.ts';
import { isOurs } from './writes.ts';

type Proxy = { readonly name: string; readonly uid: string; readonly delegate: string };
type Stage = readonly [name: string, write: string, of: keyof Proxy, by: 'us' | 'others'];

/** The first write of each stage for a pod. The clock of all API servers here is one. */
const STAGES: readonly Stage[] = [
  ['proxy created', 'create pods', 'name', 'others'],
  ['observed', `create podobservations.${GROUP}`, 'uid', 'us'],
  ['decided', `create poddecisions.${GROUP}`, 'uid', 'us'],
  ['proxy bound', 'create pods/binding', 'name', 'us'],
  ['delegated', `create poddelegations.${GROUP}`, 'uid', 'us'],
  ['delegate created', 'create pods', 'delegate', 'us'],
  ['delegate bound', 'create pods/binding', 'delegate', 'others'],
  ['delegate runs', 'patch pods/status', 'delegate', 'others'],
  ['run reported', `patch poddelegations.${GROUP}/status`, 'uid', 'us'],
  ['run mirrored', 'patch pods/status', 'name', 'us'],
];

/** Pure: per stage, milliseconds since the proxy's creation: median and 99th percentile over the pods. */
export function stageTable(writes: readonly Write[], uids: ReadonlyMap<string, string>): string[][] {
  const firsts = firstTimes(writes.filter(({ code }) => code < 400));
  const proxies = [...uids].map(([name, uid]) => ({ name, uid, delegate: delegateOf(name, uid) }));
  return STAGES.map((stage) => {
    const times = proxies.flatMap((proxy) => sinceCreation(firsts, proxy, stage));
    const cells = times.length === 0 ? ['-', '-'] : [50, 99].map((percent) => String(percentile(times, percent)));
    return [stage[0], ...cells, String(times.length)];
  });
}

const delegateOf = (name: string, uid: string) => delegateName('source', { namespace: NAMESPACE, name, uid }, 1);

/** When each kind of write came first for each object, by ours and by others. */
function firstTimes(writes: readonly Write[]): Map<string, number> {
  const firsts = new Map<string, number>();
  for (const write of writes) {
    const key = keyOf(what(write), write.name, isOurs(write) ? 'us' : 'others');
    firsts.set(key, Math.min(firsts.get(key) ?? Number.POSITIVE_INFINITY, write.at));
  }
  return firsts;
}

function sinceCreation(firsts: ReadonlyMap<string, number>, proxy: Proxy, [, write, of, by]: Stage): number[] {
  const created = firsts.get(keyOf('create pods', proxy.name, 'others'));
  const at = firsts.get(keyOf(write, proxy[of], by));
  return created === undefined || at === undefined ? [] : [at - created];
}

const what = ({ verb, resource, subresource }: Write) =>
  `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
const keyOf = (write: string, name: string, by: Stage[3]) => `${write} ${name} ${by}`;
