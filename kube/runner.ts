/** The one place in which actions become writes. */
import {
  type Action,
  assertNever,
  type BindAction,
  type CreateAction,
  type DeleteAction,
  type KubeObject,
  type PatchAction,
  type Place,
  type Pod,
  type ResourceName,
} from '../api/index.ts';
import { isAlreadyExists, isConflict, isNotFound } from './errors.ts';
import type { Log } from './log.ts';
import type { ApiClient } from './types.ts';

/** What results of writes go into, so that the next plan sees them: a Store. */
export interface Observer {
  observe(object: KubeObject): void;
  forget(key: string, uid: string): void;
}

export interface RunnerOptions {
  home: ApiClient;
  hub: ApiClient;
  stores?: Partial<Record<Place, Partial<Record<ResourceName, Observer>>>>;
  log: Log;
}

/** Carries actions out one after another; resolves when all took effect. */
export type Runner = (actions: readonly Action[], signal: AbortSignal) => Promise<void>;

/** The action at `index` failed with `cause`; those before it took effect, those after it were not begun. */
export class ActionError extends Error {
  readonly action: Action;
  readonly index: number;

  constructor(action: Action, index: number, cause: unknown) {
    super(`${describe(action)}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'ActionError';
    this.action = action;
    this.index = index;
  }
}

/** A runner for the API servers of one component. It rejects with an ActionError at the first failure. */
export function createRunner(o: RunnerOptions): Runner {
  const run = (action: Action, signal: AbortSignal): Promise<void> => {
    const scope: Scope = { client: o[action.at], store: (resource) => o.stores?.[action.at]?.[resource], signal };
    switch (action.do) {
      case 'create':
        return create(action, scope);
      case 'patch':
        return patch(action, scope);
      case 'delete':
        return remove(action, scope);
      case 'bind':
        return bind(action, scope);
      default:
        return assertNever(action);
    }
  };
  return async (actions, signal) => {
    for (const [index, action] of actions.entries()) {
      await run(action, signal).catch((cause: unknown) => {
        throw new ActionError(action, index, cause);
      });
      o.log.debug({ action: describe(action) }, 'done');
    }
  };
}

interface Scope {
  client: ApiClient;
  store(resource: ResourceName): Observer | undefined;
  signal: AbortSignal;
}

/** Not the installer's. */
const FIELD_MANAGER = 'berth-agent';

async function create(action: CreateAction, { client, store, signal }: Scope): Promise<void> {
  const { resource, object, as, strict, adoptIf, unlessThere } = action;
  const { name, namespace } = object.metadata;
  try {
    // Apart from the store: what is in the brackets of `?.` is not done at all without one.
    const created = await client.create(resource, object, { as, strict, signal });
    store(resource)?.observe(created);
  } catch (error) {
    if (unlessThere && isAlreadyExists(error)) return;
    if (adoptIf === undefined || !isAlreadyExists(error)) throw error;
    const existing = await client.get(resource, name, { namespace, signal });
    if (existing.metadata.annotations?.[adoptIf.annotation] !== adoptIf.value) throw error;
    store(resource)?.observe(existing);
  }
}

async function patch(action: PatchAction, { client, store, signal }: Scope): Promise<void> {
  const { resource, name, namespace, body, type, subresource, as } = action;
  const applied = type === 'apply' ? { fieldManager: FIELD_MANAGER, force: true } : {};
  const patched = await client.patch(resource, name, body, { type, namespace, subresource, as, signal, ...applied });
  store(resource)?.observe(patched);
}

async function remove(action: DeleteAction, { client, store, signal }: Scope): Promise<void> {
  const { resource, name, namespace, uid, resourceVersion, gracePeriodSeconds } = action;
  const gone = () => store(resource)?.forget(namespace === undefined ? name : `${namespace}/${name}`, uid);
  try {
    const options = { namespace, uid, resourceVersion, gracePeriodSeconds, signal };
    const remaining = await client.delete(resource, name, options);
    if (remaining === undefined) gone();
    else store(resource)?.observe(remaining);
  } catch (error) {
    if (isNotFound(error)) return gone();
    if (!isConflict(error) || (await isThere(client, action, signal))) throw error;
    gone();
  }
}

/** A failed precondition may mean another version, or another object of the name: then ours is gone. */
async function isThere(client: ApiClient, { resource, name, namespace, uid }: DeleteAction, signal: AbortSignal) {
  try {
    return (await client.get(resource, name, { namespace, signal })).metadata.uid === uid;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function bind(action: BindAction, { client, store, signal }: Scope): Promise<void> {
  const { namespace, name, uid, node, annotations } = action;
  const target = { apiVersion: 'v1', kind: 'Node', name: node };
  const metadata = { name, namespace, uid, ...(annotations && { annotations }) };
  const binding = { apiVersion: 'v1', kind: 'Binding', metadata, target };
  try {
    await client.create('pods', binding, { subresource: 'binding', signal });
  } catch (error) {
    if (!isConflict(error)) throw error;
    // Bound already, by us a moment ago as a rule: the answer to a bind holds no pod that the store could know it from.
    const pod = await client.get<Pod>('pods', name, { namespace, signal });
    if (pod.metadata.uid !== uid || pod.spec.nodeName !== node) throw error;
    store('pods')?.observe(pod);
  }
}

function describe(action: Action): string {
  if (action.do === 'create') return `create ${action.resource} ${action.object.metadata.name} at ${action.at}`;
  const resource = action.do === 'bind' ? 'pods' : action.resource;
  return `${action.do} ${resource} ${action.name} at ${action.at}`;
}
