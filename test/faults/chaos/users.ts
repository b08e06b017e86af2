/** Users who create, watch and delete pods, under names that come again and again. */
import { setTimeout as delay } from 'node:timers/promises';
import { isTerminal, type Pod } from '../../../api/index.ts';
import { type ApiClient, isNotFound } from '../../../kube/index.ts';
import type { Census } from '../census.ts';
import { electedPod, NAMESPACE } from '../ground.ts';
import type { Life } from './judge.ts';
import { between, pick, type Random } from './random.ts';

export type UsersOptions = {
  readonly source: ApiClient;
  readonly target: ApiClient;
  readonly census: Census;
  readonly random: Random;
  /** No pod is created after it. */
  readonly closing: AbortSignal;
  /** Nobody waits after it. */
  readonly signal: AbortSignal;
};

/** How many pods there are at once: enough for a thousand in ten minutes, though many a minute somebody who leads is dead. */
const USERS = 160;
/** Half of them come back at once with a pod of the same name, which late writes for the one before must not meet. */
const PAUSES = [
  { from: 0, to: 300 },
  { from: 0, to: 20_000 },
];

/** How long they look at what has ended before they delete it: a late `Running` must not be missed. */
const LOOKS = [
  { from: 0, to: 0 },
  { from: 0, to: 12_000 },
];

type Intent = 'let it run' | 'delete it early' | 'delete it running' | 'delete its delegate';
const INTENTS: readonly Intent[] = [
  ...Array.from({ length: 12 }, () => 'let it run' as const),
  ...Array.from({ length: 4 }, () => 'delete it early' as const),
  // Only these have to wait for us: what has no node or has ended goes at once.
  ...Array.from({ length: 4 }, () => 'delete it running' as const),
  'delete its delegate',
];

/** Resolves when all users have gone, to the lives of all their pods. */
export async function liveOn(o: UsersOptions): Promise<Life[]> {
  const lives: Life[] = [];
  const user = async (_: unknown, index: number) => {
    while (!o.closing.aborted) {
      // A life that does not come to its end is judged, it does not end the others.
      await live(o, `pod-${index}`, lives).catch(() => undefined);
      const { from, to } = pick(o.random, PAUSES);
      await delay(between(o.random, from, to), undefined, { signal: o.closing }).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: USERS }, user));
  return lives;
}

async function live(o: UsersOptions, name: string, lives: Life[]): Promise<void> {
  const { source, census, random, signal } = o;
  const intent = pick(random, INTENTS);
  const seconds = between(random, 0.2, 5).toFixed(1);
  const pod = await source.create<Pod>('pods', electedPod(name, `${seconds}s`), { signal });
  const uid = pod.metadata.uid ?? '';
  const life: Life = {
    name,
    uid,
    intent,
    disturbed: intent !== 'let it run',
    vanished: false,
    revived: false,
    over: false,
  };
  lives.push(life);
  await census.until(() => census.proxy(uid) !== undefined, signal);
  if (intent === 'delete it early') await delay(between(random, 0, 8_000), undefined, { signal });
  else if (intent === 'delete it running') await census.until(() => hasBegun(census.proxy(uid)), signal);
  else {
    if (intent === 'delete its delegate') await deleteDelegate(o, uid);
    await census.until(() => hasEnded(census.proxy(uid)), signal);
    const ended = census.proxy(uid);
    if (ended !== undefined) life.ended = ended;
    const { from, to } = pick(random, LOOKS);
    await delay(between(random, from, to), undefined, { signal });
  }
  // Nobody else deletes it.
  life.vanished = census.proxy(uid) === undefined;
  await source.delete('pods', name, { namespace: NAMESPACE, uid, signal }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  await census.until(() => census.proxy(uid) === undefined, signal);
  life.revived = census.revived.has(uid);
  life.over = true;
}

const hasBegun = (proxy: Pod | undefined): boolean => hasEnded(proxy) || proxy?.status?.phase === 'Running';
const hasEnded = (proxy: Pod | undefined): boolean => proxy === undefined || isTerminal(proxy.status);

/** Unless the pod ends before. */
async function deleteDelegate({ census, target, signal }: UsersOptions, uid: string): Promise<void> {
  await census.until(() => census.delegateOf(uid) !== undefined || hasEnded(census.proxy(uid)), signal);
  const delegate = census.delegateOf(uid);
  if (delegate === undefined) return;
  const { name, uid: own } = delegate.metadata;
  const options = { namespace: NAMESPACE, signal, ...(own !== undefined && { uid: own }) };
  await target.delete('pods', name, options).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}
