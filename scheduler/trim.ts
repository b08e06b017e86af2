/** Makes objects small before they are kept: 10,000 manifests would be 100 MB. */
import type { KubeObject, PodDelegation } from '../api/index.ts';

/** Name and version, nothing else. */
export function trimMeta({ metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
  };
}

/** What decisions need: whose delegate, where, whether refused, whether ended. */
export function trimDelegation({ metadata, spec, status }: PodDelegation): PodDelegation {
  const { amendments, ...rest } = spec;
  const phase = status?.pod?.phase;
  return {
    ...trimMeta({ metadata }),
    spec: { ...rest, manifest: '' },
    status: {
      ...(status?.conditions && { conditions: status.conditions }),
      ...(status?.delegate && { delegate: status.delegate }),
      ...(phase && { pod: { phase } }),
    },
  };
}
