/**
 * What follows one pod, on its way over the hub: a Secret beside the delegation, since only the two clusters of the pair
 * may read there, and since hubs that encrypt anything encrypt Secrets. It goes with the delegation that owns it.
 */
import {
  API_VERSION,
  bundleName,
  type ConfigMap,
  type CreateAction,
  copyName,
  DELEGATE,
  type Followed,
  type KubeObject,
  MANAGED_BY,
  type Pod,
  type PodDelegation,
  type Secret,
  sourceUser,
} from '../../api/index.ts';

/** One followed object, as far as it is copied. */
export interface Follower extends Followed {
  content: Pick<ConfigMap, 'data' | 'binaryData'>;
}

/** What follows, as it is in the source; or the names of what is not there. */
export type Found = { followers: Follower[] } | { missing: string[] };

/** What of an object follows: its data. Neither labels, which could mean something elsewhere, nor a type that would. */
export function followerOf(kind: Followed['kind'], { metadata, data, binaryData }: ConfigMap & Secret): Follower {
  return { kind, name: metadata.name, content: { ...(data && { data }), ...(binaryData && { binaryData }) } };
}

/** Key of a bundle's data. */
export const BUNDLE_KEY = 'followers';

/** Puts what follows beside the delegation. */
export function createBundle({ metadata, spec }: PodDelegation, followers: Follower[]): CreateAction {
  const { namespace = '', name, uid } = metadata;
  const object: KubeObject & Pick<Secret, 'type'> & { stringData: Record<string, string> } = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: bundleName(spec.pod.uid, spec.attempt),
      namespace,
      labels: MANAGED_BY,
      ownerReferences: [{ apiVersion: API_VERSION, kind: 'PodDelegation', name, uid: uid ?? '' }],
    },
    type: 'Opaque',
    stringData: { [BUNDLE_KEY]: JSON.stringify(followers) },
  };
  return { do: 'create', at: 'hub', resource: 'secrets', object, unlessThere: true };
}

/** What a bundle (its text) holds of what the delegation says that follows; nothing if it is none. */
export function followersIn(text: string, { spec }: PodDelegation): Follower[] {
  const isAsked = (one: Follower) => spec.follow?.some(({ kind, name }) => kind === one.kind && name === one.name);
  try {
    const followers: unknown = JSON.parse(text);
    return Array.isArray(followers) ? (followers as Follower[]).filter(isAsked) : [];
  } catch {
    return []; // the delegate waits for what it refers to, and its kubelet says so
  }
}

/** The copies for a delegate that is there: they go with it, and belong to its source as it does. */
export function copiesFor(delegate: Pod, { spec }: PodDelegation, followers: Follower[]): CreateAction[] {
  const { name, namespace = '', uid = '' } = delegate.metadata;
  return followers.map((follower) => {
    const object: KubeObject & Follower['content'] & Pick<Secret, 'type'> = {
      apiVersion: 'v1',
      kind: follower.kind,
      metadata: {
        name: copyName(follower.name, name),
        namespace,
        labels: { ...MANAGED_BY, [DELEGATE.source]: spec.source },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid }],
      },
      ...follower.content,
      ...(follower.kind === 'Secret' && { type: 'Opaque' }),
    };
    const resource = follower.kind === 'Secret' ? 'secrets' : 'configmaps';
    return { do: 'create', at: 'home', resource, object, as: sourceUser(spec.source), unlessThere: true };
  });
}
