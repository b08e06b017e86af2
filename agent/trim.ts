/** What the agent keeps in memory of its cluster's pods: all of its own, of the others only what room is counted from. */
import { type Container, DELEGATE, type Pod, type PodSpec, PROXY_SCHEDULER } from '../api/index.ts';

const isDelegate = (pod: Pod): boolean => pod.metadata.labels?.[DELEGATE.source] !== undefined;
const isProxy = (pod: Pod): boolean => pod.spec.schedulerName === PROXY_SCHEDULER;

function trimContainer({ name, resources, restartPolicy }: Container): Container {
  return { name, ...(resources && { resources }), ...(restartPolicy !== undefined && { restartPolicy }) };
}

function trimSpec({ nodeName, containers, initContainers, overhead, resources }: PodSpec): PodSpec {
  return {
    containers: containers.map(trimContainer),
    ...(initContainers && { initContainers: initContainers.map(trimContainer) }),
    ...(nodeName !== undefined && { nodeName }),
    ...(overhead && { overhead }),
    ...(resources && { resources }),
  };
}

/** A pod on its way into the agent's store. Ten thousand foreign pods must not cost the memory of their manifests. */
export function trimPod(pod: Pod): Pod {
  if (isDelegate(pod) || isProxy(pod)) {
    const { managedFields, ...metadata } = pod.metadata;
    return { ...pod, metadata };
  }
  const { name, namespace, uid, resourceVersion, deletionTimestamp } = pod.metadata;
  return {
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    },
    spec: trimSpec(pod.spec),
    ...(pod.status?.phase !== undefined && { status: { phase: pod.status.phase } }),
  };
}
