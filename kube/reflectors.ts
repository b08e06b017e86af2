/** One store over a changing set of namespaces, for kinds that we may not list in all of them. */
import type { KubeObject } from '../api/index.ts';
import { linked } from './deadline.ts';
import { type ReflectorOptions, reflect } from './reflector.ts';

export interface ReflectorsOptions<T extends KubeObject> extends Omit<ReflectorOptions<T>, 'namespace'> {
  namespaces: Iterable<string>;
}

export interface Reflectors {
  /** Starts and ends reflectors; objects of a namespace taken out leave the store. */
  setNamespaces(namespaces: Iterable<string>): void;
  /** True from the first whole list of the namespace until it is taken out. */
  hasListed(namespace: string): boolean;
}

/** The store is synced once all namespaces of the start (if any) are listed, or taken out again. */
export function startReflectors<T extends KubeObject>(o: ReflectorsOptions<T>): Reflectors {
  if (o.trim !== undefined) o.store.useTrim(o.trim);
  const running = new Map<string, AbortController>();
  const unlisted = new Set(o.namespaces);
  const complete = new Set<string>();

  const listed = (namespace: string) => {
    unlisted.delete(namespace);
    if (unlisted.size === 0) o.store.markSynced();
  };
  const start = (namespace: string) => {
    const { controller, release } = linked(o.signal);
    running.set(namespace, controller);
    const onListed = () => {
      complete.add(namespace);
      listed(namespace);
    };
    reflect({ ...o, namespace, signal: controller.signal }, onListed)
      .catch((err: unknown) => o.log.error({ err, namespace, resource: o.resource }, 'reflector died'))
      .finally(release);
  };
  const stop = (namespace: string, controller: AbortController) => {
    controller.abort();
    running.delete(namespace);
    complete.delete(namespace);
    o.store.dropNamespace(namespace);
    listed(namespace);
  };
  const setNamespaces = (namespaces: Iterable<string>) => {
    const wanted = new Set(namespaces);
    for (const [namespace, controller] of running) if (!wanted.has(namespace)) stop(namespace, controller);
    for (const namespace of wanted) if (!running.has(namespace)) start(namespace);
  };

  if (unlisted.size === 0) o.store.markSynced();
  setNamespaces([...unlisted]);
  return { setNamespaces, hasListed: (namespace) => complete.has(namespace) };
}
