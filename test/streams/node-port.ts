/** Where a virtual node's kubelet API listens. */
import type { Node } from '../../api/index.ts';
import type { Port } from '../flood.ts';
import type { View } from './pods.ts';

/** The port of the node on which the pod is, as its API server finds it. */
export async function nodePortOf({ site, pod }: View): Promise<Port> {
  const { status } = await site.api.get<Node>('nodes', pod.spec.nodeName ?? '');
  const { kubeletEndpoint } = (status?.daemonEndpoints ?? {}) as { kubeletEndpoint?: { Port: number } };
  const host = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  if (host === undefined || kubeletEndpoint === undefined) throw new Error(`${pod.spec.nodeName} has no port`);
  return { host, port: kubeletEndpoint.Port };
}
