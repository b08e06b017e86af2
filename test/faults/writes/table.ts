/** The writes that one pod costs (docs/design.md, section 2), and what each of them is answered with. */
import { isDeepStrictEqual } from 'node:util';
import { delegateName, type Pod } from '../../../api/index.ts';
import type { Fault, ProxyRequest } from '../proxy/faults.ts';

export const NAMESPACE = 'writes';
export const SOURCE = 'cluster1';
export const TARGET = 'cluster2';

/** By what the requests for a pod are known. */
export interface Ids {
  readonly name: string;
  readonly uid: string;
  readonly delegate: string;
}

export interface WriteKind {
  readonly name: string;
  /** The API server that is asked; the source's is the hub's too. */
  readonly at: typeof SOURCE | typeof TARGET;
  readonly by: 'berth/agent' | 'berth/scheduler';
  readonly method: string;
  /** The end of the path. */
  readonly path: (ids: Ids) => string;
  /** What the body says, where the path does not tell two writes apart. */
  readonly body?: (body: string, ids: Ids) => boolean;
}

const isEnd = (body: string) => /"phase":"(Succeeded|Failed)"/.test(body);
const hasNotEnded = (body: string) => !isEnd(body);
const isFor = (body: string, { uid }: Ids) => body.includes(uid);

const agent = { by: 'berth/agent', at: SOURCE } as const;
const create = (kind: string) => ({ method: 'POST', path: () => `/${kind}`, body: isFor });
const delegationStatus = { method: 'PATCH', path: ({ uid }: Ids) => `/poddelegations/${uid}/status` };
const proxyStatus = { method: 'PATCH', path: ({ name }: Ids) => `/pods/${name}/status` };

/** Of a pod that runs to its end, in their order. */
export const LIFE: readonly WriteKind[] = [
  { name: 'observe', ...agent, ...create('podobservations') },
  { name: 'decide', ...agent, by: 'berth/scheduler', ...create('poddecisions') },
  { name: 'delegate', ...agent, ...create('poddelegations') },
  { name: 'create', ...agent, at: TARGET, ...create('pods') },
  { name: 'bind', ...agent, method: 'POST', path: ({ name }) => `/pods/${name}/binding` },
  { name: 'report-running', ...agent, ...delegationStatus, body: hasNotEnded },
  { name: 'mirror-running', ...agent, ...proxyStatus, body: hasNotEnded },
  { name: 'report-ended', ...agent, ...delegationStatus, body: isEnd },
  { name: 'mirror-ended', ...agent, ...proxyStatus, body: isEnd },
];

/** Of a pod that is deleted while it runs; one that has ended needs neither `end` nor `remove`. */
export const CLEAN_UP: readonly WriteKind[] = [
  { name: 'withdraw', ...agent, method: 'PATCH', path: ({ uid }) => `/poddelegations/${uid}` },
  { name: 'kill', ...agent, at: TARGET, method: 'DELETE', path: ({ delegate }) => `/pods/${delegate}` },
  { name: 'confirm', ...agent, method: 'DELETE', path: ({ uid }) => `/poddelegations/${uid}` },
  { name: 'end', ...agent, ...proxyStatus, body: isEnd },
  { name: 'remove', ...agent, method: 'DELETE', path: ({ name }) => `/pods/${name}` },
  { name: 'forget', ...agent, method: 'DELETE', path: ({ uid }) => `/podobservations/${uid}` },
];

export const FAULTS: Readonly<Record<string, Fault>> = {
  409: { kind: 'answer', code: 409 },
  exists: { kind: 'answer', code: 409, reason: 'AlreadyExists' },
  429: { kind: 'answer', code: 429, retryAfter: 1 },
  500: { kind: 'answer', code: 500 },
  'reset-before': { kind: 'drop-before' },
  'reset-after': { kind: 'drop-after' },
};

/** A pod whose one write is answered so; both undefined for a pod that nothing happens to. */
export interface Case {
  readonly name: string;
  readonly write?: WriteKind;
  readonly fault?: Fault;
  /** Deleted while it runs, instead of running to its end. */
  readonly isDeleted: boolean;
  /** With which it ends, if it is not deleted. */
  readonly exitCode: number;
  /** Watches fall silent with the fault, so that Berth tries again before it hears what became of the first try. */
  readonly isUnheard?: true;
}

/** Only a create can be told that its object is there already. */
const mayGet = (fault: string, { method, name }: WriteKind): boolean =>
  fault !== 'exists' || (method === 'POST' && name !== 'bind');

/** Every write, with the fault of that name. */
const casesOf = (name: string, fault: Fault): Case[] =>
  [...LIFE, ...CLEAN_UP]
    .filter((write) => mayGet(name, write))
    .map((write, row) => {
      const isDeleted = CLEAN_UP.includes(write);
      return { name: `${write.name}-${name}`, write, fault, isDeleted, exitCode: row % 2 === 0 ? 0 : 3 };
    });

export const CASES: readonly Case[] = [
  { name: 'untouched', isDeleted: false, exitCode: 0 },
  { name: 'untouched-deleted', isDeleted: true, exitCode: 0 },
  ...Object.entries(FAULTS).flatMap(([name, fault]) => casesOf(name, fault)),
];

export const UNHEARD: readonly Case[] = casesOf('unheard', { kind: 'drop-after' }).map((one) => ({
  ...one,
  isUnheard: true,
}));

export const idsOf = ({ metadata: { name, uid = '' } }: Pod): Ids => ({
  name,
  uid,
  delegate: delegateName(SOURCE, { namespace: NAMESPACE, name, uid }, 1),
});

/** Whether a request is that write of that pod. */
export const isWrite = (write: WriteKind, ids: Ids) => (request: ProxyRequest) =>
  request.method === write.method &&
  request.userAgent === write.by &&
  request.path.endsWith(write.path(ids)) &&
  (write.body?.(request.body, ids) ?? true);

/** How the two pods of one case differ in what a user sees of their end; undefined if they do not. */
export function untruth(proxy: Pod, delegate: Pod): string | undefined {
  const of = ({ status }: Pod) => ({
    phase: status?.phase,
    reason: status?.reason,
    message: status?.message,
    containers: status?.containerStatuses?.map(({ name, state }) => ({ name, state })),
  });
  if (isDeepStrictEqual(of(proxy), of(delegate))) return undefined;
  return `${JSON.stringify(of(proxy))} is not ${JSON.stringify(of(delegate))}`;
}
