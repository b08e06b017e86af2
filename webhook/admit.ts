/** From a submitted pod to its proxy: the webhook's whole decision. */
import type { Pod, Reason } from '../api/index.ts';
import { encodeManifest } from '../api/manifest.ts';
import { elect } from './elect.ts';
import { proxyOf } from './proxy.ts';

export interface AdmitOptions {
  /** Name of the cluster in which the pod is created. */
  cluster: string;
  /** Image of the proxy's containers. */
  image: string;
  /** UTF-8 text to gzip in base64. */
  gzip: (text: string) => string;
}

export type Admission = { proxy: Pod } | { leave: Reason } | { refuse: Reason };

/** What becomes of a pod that is about to be created. */
export function admit(pod: Pod, { cluster, image, gzip }: AdmitOptions): Admission {
  const election = elect(pod, cluster);
  if (!('elected' in election)) return election;
  const encoded = encodeManifest(pod, gzip);
  if ('refused' in encoded) return { refuse: encoded.refused };
  return { proxy: proxyOf(pod, encoded.manifest, image) };
}
