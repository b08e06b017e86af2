/** Everything that becomes of a namespace's pods and task results, in order, as their watchers are told. */
import type { KubeObject, Pod, WorkflowTaskResult } from '../../api/index.ts';
import { type ApiClient, versionOf } from '../../kube/index.ts';
import { podState, resultState, type State, type States } from './states.ts';

export type Sighting = {
  /** `pod NAME`, with `#2` and so on for later ones of the name, or `result NAME`: who reports again goes on with the old. */
  readonly key: string;
  readonly uid: string;
  readonly state: State;
  /** Versions of one API server count up, over all kinds. */
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly at: number;
};

export type Sightings = {
  /** All there have been. Throws when a watch has broken: then some may lack. */
  readonly all: () => readonly Sighting[];
};

const KINDS = {
  pods: { key: 'pod', stateOf: (object: KubeObject) => podState(object as Pod) },
  workflowtaskresults: { key: 'result', stateOf: (object: KubeObject) => resultState(object as WorkflowTaskResult) },
} as const;

/** Looks at an empty namespace until the signal; resolves when nothing is missed any more. */
export async function observe(api: ApiClient, namespace: string, signal: AbortSignal): Promise<Sightings> {
  const seen: Sighting[] = [];
  const failures: unknown[] = [];
  const name = namer();
  const follow = async (resource: keyof typeof KINDS) => {
    const { key, stateOf } = KINDS[resource];
    const { metadata } = await api.list(resource, { namespace });
    const options = { namespace, resourceVersion: metadata.resourceVersion ?? '', timeoutSeconds: 1800, signal };
    const watch = async () => {
      for await (const { type, object } of api.watch(resource, options)) {
        const uid = object.metadata.uid ?? '';
        const state = { ...stateOf(object), ...(type === 'DELETED' && { gone: true }) };
        const known = `${key} ${object.metadata.name}`;
        seen.push({
          key: resource === 'pods' ? name(known, uid) : known,
          uid,
          state,
          version: versionOf(object),
          at: Date.now(),
        });
      }
      throw new Error(`the watch of ${resource} has ended`);
    };
    void watch().catch((error: unknown) => failures.push(error));
  };
  await Promise.all([follow('pods'), follow('workflowtaskresults')]);
  const all = () => {
    if (failures.length > 0 && !signal.aborted) throw failures[0];
    return seen;
  };
  return { all };
}

/** Tells the objects of one name apart. */
function namer() {
  const uids = new Map<string, string[]>();
  return (key: string, uid: string): string => {
    const known = uids.get(key) ?? [];
    if (!known.includes(uid)) uids.set(key, [...known, uid]);
    const index = (uids.get(key) ?? []).indexOf(uid);
    return index === 0 ? key : `${key}#${index + 1}`;
  };
}

/** Pure: the last state of each. */
export const lastOf = (sightings: readonly Sighting[]): States =>
  Object.fromEntries(sightings.map(({ key, state }) => [key, state]));
