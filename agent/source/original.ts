/** The pod that the user asked for, read back from the proxy. */
import {
  ANNOTATION,
  decodeManifest,
  isOurs,
  type Pod,
  type Reason,
  type Toleration,
  VIRTUAL_NODE_KEY,
  withoutOurs,
} from '../../api/index.ts';
import type { SentMeta } from './owner.ts';

const OURS = new Set([VIRTUAL_NODE_KEY, 'node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']);

const sameToleration = (a: Toleration) => (b: Toleration) =>
  a.key === b.key && a.operator === b.operator && a.value === b.value && a.effect === b.effect;

/**
 * Original pod of a proxy, with the name and namespace that a pod from a template only gets after admission, and with
 * what others put onto the gated proxy since (Kueue names its flavour by node selector and tolerations).
 *
 * @param gunzip base64 in, text out; throws on what it cannot read.
 */
export function originalPod(proxy: Pod, gunzip: (base64: string) => string): { pod: Pod } | { refused: Reason } {
  const decoded = decodeManifest(proxy.metadata.annotations?.[ANNOTATION.manifest] ?? '', gunzip);
  return 'pod' in decoded ? { pod: asCreated(decoded.pod, proxy) } : decoded;
}

/** Labels and annotations may have changed while the proxy was gated or waited; what is ours is read from the original. */
function metaOf({ metadata }: Pod, proxy: Pod): SentMeta {
  const ours = Object.entries(metadata.annotations ?? {}).filter(([key]) => isOurs(key));
  const annotations = { ...Object.fromEntries(ours), ...withoutOurs(proxy.metadata.annotations) };
  const { labels } = proxy.metadata;
  return { ...(labels !== undefined && { labels }), ...(Object.keys(annotations).length > 0 && { annotations }) };
}

function asCreated(pod: Pod, proxy: Pod): Pod {
  const { name, namespace } = proxy.metadata;
  const wanted = pod.spec.tolerations ?? [];
  const added = (proxy.spec.tolerations ?? []).filter(
    (toleration) => !OURS.has(toleration.key ?? '') && !wanted.some(sameToleration(toleration)),
  );
  const nodeSelector = { ...pod.spec.nodeSelector, ...proxy.spec.nodeSelector };
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...metaOf(pod, proxy),
      name,
      ...(namespace === undefined ? {} : { namespace }),
    },
    spec: {
      ...pod.spec,
      ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {}),
      ...(added.length > 0 ? { tolerations: [...wanted, ...added] } : {}),
    },
  };
}
