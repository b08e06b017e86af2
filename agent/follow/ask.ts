/** What is asked of API servers about what follows a pod. */
import { bundleName, type ConfigMap, type Followed, type PodDelegation, type Secret } from '../../api/index.ts';
import { type ApiClient, unlessMissing } from '../../kube/index.ts';
import { BUNDLE_KEY, type Follower, type Found, followerOf, followersIn } from './bundle.ts';

/** Reads everything that follows this delegation, at once. */
export async function findFollowers(home: ApiClient, { spec }: PodDelegation, signal: AbortSignal): Promise<Found> {
  const { namespace } = spec.pod;
  const found = await Promise.all(
    (spec.follow ?? []).map(async ({ kind, name }) => {
      const resource = kind === 'Secret' ? 'secrets' : 'configmaps';
      const object = await unlessMissing(home.get<ConfigMap & Secret>(resource, name, { namespace, signal }));
      return object === undefined ? missing({ kind, name }) : followerOf(kind, object);
    }),
  );
  const lacking = found.filter((one) => typeof one === 'string');
  return lacking.length > 0 ? { missing: lacking } : { followers: found.filter((one) => typeof one !== 'string') };
}

const missing = ({ kind, name }: Followed): string => `${kind} ${name}`;

/** What the source put on the hub for this delegation; undefined as long as it has not. */
export async function readBundle(
  hub: ApiClient,
  delegation: PodDelegation,
  signal: AbortSignal,
): Promise<Follower[] | undefined> {
  const { namespace } = delegation.metadata;
  const { pod, attempt } = delegation.spec;
  const bundle = await unlessMissing(hub.get<Secret>('secrets', bundleName(pod.uid, attempt), { namespace, signal }));
  if (bundle === undefined) return undefined;
  return followersIn(Buffer.from(bundle.data?.[BUNDLE_KEY] ?? '', 'base64').toString(), delegation);
}
