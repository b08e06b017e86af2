/** What became of each pod, against what its user may expect. Pure. */
import { isTerminal, type Pod } from '../../../api/index.ts';

/** A delegate from its first sight to its last, by the order in which the target's API server told of it. */
export type DelegateHistory = {
  readonly uid: string;
  /** Positions in the order of all that was seen. */
  readonly from: number;
  to: number | undefined;
  last: Pod;
};

/** One pod of the user. */
export type Life = {
  readonly name: string;
  readonly uid: string;
  /** What its user was about to do, for whoever looks for the reason of a verdict. */
  readonly intent: string;
  /** Deleted before its end, or its delegate was: then its end is not asked about. */
  disturbed: boolean;
  /** The proxy when it ended. */
  ended?: Pod;
  /** Whether it went away without anybody asking for it. */
  vanished: boolean;
  /** Whether it was seen to have ended, and then not to have. */
  revived: boolean;
  /** Whether it has ended and gone as it should. */
  over: boolean;
};

export type Verdict = { lost: string[]; duplicated: string[]; stuck: string[] };

/** Judges all lives by the delegates that there were, by the UID of their proxy. */
export function judge(lives: readonly Life[], delegates: ReadonlyMap<string, readonly DelegateHistory[]>): Verdict {
  const names = (wrong: (life: Life, own: readonly DelegateHistory[]) => boolean) =>
    lives
      .filter((life) => wrong(life, delegates.get(life.uid) ?? []))
      .map((life) => describe(life, delegates.get(life.uid) ?? []));
  return {
    lost: names(
      (life, own) =>
        life.vanished || life.revived || (life.ended !== undefined && !life.disturbed && !isTrue(life.ended, own)),
    ),
    duplicated: names((_, own) => overlap(own) || ranTwice(own)),
    stuck: names(({ over }) => !over),
  };
}

const describe = ({ name, uid, intent }: Life, own: readonly DelegateHistory[]): string => {
  const histories = own.map(({ uid, from, to, last: { metadata, status } }) => {
    const created = String(metadata['creationTimestamp']);
    return `${uid} made ${created}, seen ${from} to ${to ?? 'now'}, ${status?.phase} ${JSON.stringify(status?.conditions?.at(0))}`;
  });
  return `${name} ${uid} (${intent}); delegates: ${histories.join('; ')}`;
};

/** Two at one time. */
const overlap = (own: readonly DelegateHistory[]): boolean =>
  own.some((one) => own.some((other) => one !== other && one.from <= other.from && other.from < (one.to ?? Infinity)));

/** A second one behind one that ran: the work was done twice. */
const ranTwice = (own: readonly DelegateHistory[]): boolean =>
  own.some(({ last, from }) => hasRun(last) && own.some((other) => other.from > from));

const hasRun = ({ status }: Pod): boolean => status?.phase === 'Running' || isTerminal(status);

/** Whether the proxy ended as its delegate did, and that well: nothing in these clusters makes a delegate fail. */
function isTrue(ended: Pod, own: readonly DelegateHistory[]): boolean {
  const delegate = own.at(-1)?.last;
  return delegate?.status?.phase === 'Succeeded' && endsAlike(ended, delegate);
}

/** Whether two pods say the same of their end: phase, exit codes and times of every container. */
export const endsAlike = (one: Pod, other: Pod): boolean => endOf(one) === endOf(other);

const endOf = ({ status }: Pod): string =>
  JSON.stringify([
    status?.phase,
    status?.containerStatuses?.map(({ name, state }) => [
      name,
      state?.terminated?.exitCode,
      state?.terminated?.finishedAt,
    ]),
  ]);
