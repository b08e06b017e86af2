/** What happens to the pods of one case, and what is seen of it. */
import { isTerminal, type Pod } from '../../../api/index.ts';
import type { RuleHandle } from '../proxy/faults.ts';
import type { FaultProxy } from '../proxy/proxy.ts';
import { openGate, type Scene } from './scene.ts';
import { type Case, type Ids, idsOf, isWrite, NAMESPACE, TARGET, untruth } from './table.ts';

/** Something that is there because of a proxy. */
export interface Remains {
  /** Of the proxy. */
  uid: string;
  resource: string;
  name: string;
}

/** Longer than Berth waits before it tries again, and before it believes a refusal. */
const SILENCE = 2000;

/** Berth's watches tell nothing for a while. */
function silence(proxy: FaultProxy): void {
  const rule = proxy.rule({ match: ({ userAgent }) => userAgent.startsWith('berth/'), fault: { kind: 'stall' } });
  setTimeout(() => rule.release(), SILENCE);
}

/** The pods of one case. */
export class Course {
  readonly case: Case;
  readonly ids: Ids;
  /** Undefined for a pod that nothing happens to. */
  readonly rule: RuleHandle | undefined;
  /** From the opening of the gate until the proxy had ended, or from the delete until all was gone. */
  ms: number | undefined;
  /** In what the proxy's end, or its running before it was deleted, was not that of its delegate. */
  untruth: string | undefined = 'never settled';
  /** Names of delegates that were there at any time. */
  created: string[] = [];
  /** What Berth asked for to be written, with what it got. */
  writes: string[] = [];
  #since = 0;

  constructor(one: Case, proxy: Pod, { source, target }: Scene) {
    this.case = one;
    this.ids = idsOf(proxy);
    const { write, fault, isUnheard = false } = one;
    const { proxy: at } = write?.at === TARGET ? target : source;
    const onStrike = () => isUnheard && silence(at);
    this.rule = write && fault && at.rule({ match: isWrite(write, this.ids), times: 1, fault, onStrike });
  }

  async start({ source }: Scene): Promise<void> {
    this.#since = performance.now();
    await openGate(source.client, this.ids.name);
  }

  /** True once the proxy looks as it will until somebody deletes it. */
  hasSettled({ source, target }: Scene): boolean {
    const proxy = source.pods.get(`${NAMESPACE}/${this.ids.name}`);
    const delegate = target.pods.get(`${NAMESPACE}/${this.ids.delegate}`);
    if (proxy === undefined || delegate === undefined) return false;
    const settled = this.case.isDeleted ? proxy.status?.phase === 'Running' : isTerminal(proxy.status);
    if (!settled) return false;
    this.untruth = untruth(proxy, delegate);
    if (!this.case.isDeleted) this.ms ??= performance.now() - this.#since;
    return true;
  }

  async delete({ source }: Scene): Promise<void> {
    this.#since = performance.now();
    await source.client.delete('pods', this.ids.name, { namespace: NAMESPACE });
  }

  /** Decisions do not count: they are Kubernetes' own to collect, which takes it a while after CRDs are new. */
  isGone(remains: readonly Remains[]): boolean {
    if (remains.some(({ uid, resource }) => uid === this.ids.uid && resource !== 'poddecisions')) return false;
    this.ms ??= performance.now() - this.#since;
    return true;
  }
}

/** Pure: seconds that every case took, and how many writes Berth asked for, writes by faults. */
export function tableOf(courses: readonly Course[], writes: readonly string[], faults: readonly string[]): string {
  const cell = (name: string) => {
    const course = courses.find((one) => one.case.name === name);
    if (course === undefined) return '';
    return `${course.ms === undefined ? 'stuck' : (course.ms / 1000).toFixed(2)} (${course.writes.length})`;
  };
  const rows = [
    ['write', ...faults],
    ['none, ends', cell('untouched')],
    ['none, deleted', cell('untouched-deleted')],
    ...writes.map((write) => [write, ...faults.map((fault) => cell(`${write}-${fault}`))]),
  ];
  return rows
    .map(([name = '', ...cells]) => name.padEnd(16) + cells.map((text) => text.padStart(14)).join(''))
    .join('\n');
}
