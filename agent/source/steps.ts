/** Steps of Argo that are signalled to end: what the virtual node tells the reconciler of proxies. */
import type { Pod } from '../../api/index.ts';
import { type Controller, until } from '../../kube/index.ts';
import { SHORTEST_GRACE } from './delegate.ts';
import type { Sources } from './gather.ts';
import type { Memory } from './memory.ts';
import { type Ending, isActive as isActiveDelegation } from './state.ts';
import { sooner, toldToEnd } from './stop.ts';

export interface Steps {
  /** Notes that a step's containers are told to end, which gives it its grace. False if it was told so before. */
  told(proxy: Pod): boolean;
  /** Withdraws the delegate of this proxy: with its own grace, or to be killed. Resolves when its target is told, or it has ended. */
  end(uid: string, how: 'with its grace' | 'killed', signal: AbortSignal): Promise<void>;
  /** False once the delegate of this proxy has ended, as far as is known, or its target is, or is about to be, told to end it. */
  isActive(uid: string): boolean;
}

export function stepsOf(
  { cluster, delegations, now }: Pick<Sources, 'cluster' | 'delegations'> & { now: () => number },
  { endings }: Memory,
  { enqueue }: Pick<Controller, 'enqueue'>,
): Steps {
  const mine = (uid: string) => delegations.by('name', uid).filter(({ spec }) => spec.source === cluster);
  const isOpen = (uid: string) => mine(uid).some(isActiveDelegation);
  const note = (uid: string, news: Ending) => {
    endings.set(uid, sooner(endings.get(uid), news));
    enqueue(uid);
  };
  return {
    isActive: (uid) => isOpen(uid) && (endings.get(uid)?.at ?? Number.POSITIVE_INFINITY) > now(),
    told(proxy) {
      const { uid = '' } = proxy.metadata;
      const isFirst = !endings.has(uid);
      note(uid, toldToEnd(proxy, now()));
      return isFirst;
    },
    end(uid, how, signal) {
      note(uid, { at: now(), ...(how === 'killed' && { graceSeconds: SHORTEST_GRACE }) });
      return until(delegations, () => !isOpen(uid), signal);
    },
  };
}
