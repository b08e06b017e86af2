/** Keeps a store true to an API server: list, then watch, for ever. */
import type { KubeObject, ResourceName } from '../api/index.ts';
import { isGone, retryAfter } from './errors.ts';
import type { Log } from './log.ts';
import { keyOf, type Store, versionOf } from './store.ts';
import { backoff, sleep } from './time.ts';
import type { ApiClient, ListResult, WatchEvent } from './types.ts';

export interface ReflectorOptions<T extends KubeObject> {
  client: ApiClient;
  resource: ResourceName;
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  store: Store<T>;
  /** Makes an object small on entry; undefined keeps it out of the store. */
  trim?: ((object: T) => T | undefined) | undefined;
  signal: AbortSignal;
  log: Log;
  random: () => number;
  now: () => number;
}

const PAGE = 500;
const MIN_GAP = 75;
/** Closed watches are normal, so they are not punished for long; failures are. */
const MAX_GAP = { closed: 2_000, failed: 5_000 };
/** A watch that lived so long, or that told anything, counts as healthy. */
const HEALTHY_AFTER = 10_000;

/** Starts a reflector; resolves when the signal has ended it. The store is synced after the first list. */
export async function startReflector<T extends KubeObject>(o: ReflectorOptions<T>): Promise<void> {
  if (o.trim !== undefined) o.store.useTrim(o.trim);
  await reflect(o, () => o.store.markSynced());
}

/** As startReflector, but tells the caller of the first list instead of the store. */
export async function reflect<T extends KubeObject>(o: ReflectorOptions<T>, onListed: () => void): Promise<void> {
  const position: Position = { version: undefined, greatest: 0, told: false, outage: false };
  for (let fast = 0; !o.signal.aborted; fast++) {
    const startedAt = o.now();
    position.told = false;
    const { outage } = position;
    const failure = await listAndWatch(o, position, onListed);
    if (o.signal.aborted) return;
    if (position.told || o.now() - startedAt >= HEALTHY_AFTER) fast = 0;
    report(o, failure, outage);
    await pause(o, failure, fast);
  }
}

/** Where in the server's history we are. */
interface Position {
  /** Version to watch from; undefined asks for a list. */
  version: string | undefined;
  greatest: number;
  /** Whether the last watch told anything. */
  told: boolean;
  /** From a failure to the next answer: the server may come back as another than it was. */
  outage: boolean;
}

/** One list, if needed, and one watch, until it ends. Returns the failure that ended it, undefined if none. */
async function listAndWatch<T extends KubeObject>(
  o: ReflectorOptions<T>,
  position: Position,
  onListed: () => void,
): Promise<unknown> {
  try {
    if (position.version === undefined) {
      await listAll(o, position);
      onListed();
    } else if (position.outage) {
      await checkHistory(o, position);
    }
    if (position.outage)
      o.log.info({ cluster: o.client.cluster, resource: o.resource }, 'the API server answers again');
    position.outage = false;
    await watchOnce(o, position);
    return undefined;
  } catch (error) {
    if (error instanceof HistoryLost) {
      position.version = undefined;
      // So that the next list is believed, even if the server has caught up with our numbers by then.
      position.greatest = Number.POSITIVE_INFINITY;
    } else if (isGone(error)) position.version = undefined;
    else position.outage = true;
    return error;
  }
}

/** The server is at a version before one that we know: it was restored from a backup. */
class HistoryLost extends Error {}

/**
 * After an outage: a server restored from a backup would let us watch from a version that it has yet to reach, and tell
 * nothing until then.
 */
async function checkHistory<T extends KubeObject>(o: ReflectorOptions<T>, position: Position): Promise<void> {
  const { namespace, signal } = o;
  const { metadata } = await o.client.list(o.resource, { namespace, signal, limit: 1 });
  if (Number(metadata.resourceVersion) < position.greatest) throw new HistoryLost();
}

async function listAll<T extends KubeObject>(o: ReflectorOptions<T>, position: Position): Promise<void> {
  const { namespace, labelSelector, fieldSelector, signal } = o;
  const listed = new Set<string>();
  let page: ListResult<T> | undefined;
  do {
    const token: string | undefined = page?.metadata.continue;
    const options = { namespace, labelSelector, fieldSelector, signal, limit: PAGE, continue: token };
    page = await o.client.list<T>(o.resource, options);
    signal.throwIfAborted();
    if (token === undefined && Number(page.metadata.resourceVersion) < position.greatest) o.store.distrust(namespace);
    for (const object of page.items) {
      listed.add(keyOf(object));
      takeIn(o, 'ADDED', object);
    }
  } while (page.metadata.continue);
  position.version = page.metadata.resourceVersion;
  position.greatest = Number(position.version);
  o.store.retain(listed, position.greatest, namespace);
}

async function watchOnce<T extends KubeObject>(o: ReflectorOptions<T>, position: Position): Promise<void> {
  const { namespace, labelSelector, fieldSelector, signal } = o;
  const events = o.client.watch<T>(o.resource, {
    namespace,
    labelSelector,
    fieldSelector,
    signal,
    resourceVersion: position.version ?? '',
    // Random, so that the watches of a fleet do not all end at once.
    timeoutSeconds: Math.round(240 + 240 * o.random()),
  });
  for await (const { type, object } of events) {
    if (signal.aborted) return;
    const version = versionOf(object);
    if (version < position.greatest) throw new HistoryLost();
    takeIn(o, type, object);
    if (type !== 'BOOKMARK') position.told = true;
    position.greatest = version;
    position.version = object.metadata.resourceVersion;
  }
}

/** One object that trim, an index or a listener cannot take must not be in the way of all others, again and again. */
function takeIn<T extends KubeObject>(o: ReflectorOptions<T>, type: WatchEvent<T>['type'], object: T): void {
  try {
    if (type === 'DELETED') o.store.remove(object);
    else if (type !== 'BOOKMARK') o.store.observe(object);
  } catch (err) {
    const where = { cluster: o.client.cluster, resource: o.resource, key: keyOf(object) };
    o.log.error({ ...where, err }, 'a change could not be taken in');
  }
}

function report<T extends KubeObject>(o: ReflectorOptions<T>, failure: unknown, outage: boolean): void {
  const { client, resource, namespace, log } = o;
  const where = { cluster: client.cluster, resource, namespace };
  if (failure === undefined) log.debug(where, 'watch closed');
  else if (isGone(failure)) log.info(where, 'watch is too old, listing anew');
  else if (failure instanceof HistoryLost) log.warn(where, 'the API server went back in time, listing anew');
  // Once per outage is enough.
  else if (!outage) log.warn({ ...where, err: failure }, 'watch failed, trying again');
  else log.debug({ ...where, err: failure }, 'watch failed again');
}

async function pause<T extends KubeObject>(o: ReflectorOptions<T>, failure: unknown, fast: number): Promise<void> {
  const maxMs = failure === undefined ? MAX_GAP.closed : MAX_GAP.failed;
  const asked = (retryAfter(failure) ?? 0) * 1000;
  const gap = asked + backoff(fast, { baseMs: 2 * MIN_GAP, maxMs, random: o.random });
  await sleep(gap, o.signal).catch((error: unknown) => {
    if (!o.signal.aborted) throw error;
  });
}
