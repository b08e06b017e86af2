/**
 * The result of an Argo step that runs here for another cluster: its workflow is there. Where Argo is installed too, the
 * garbage collector would take it away at once for want of that owner, and the local controller would take it for its own.
 */
import { ARGO, type KubeObject, resultOwner } from '../api/index.ts';

/** The same result, which nobody here owns or looks for; any other as it is. */
export function disown(result: KubeObject): KubeObject {
  if (resultOwner(result.metadata.name) === undefined) return result;
  const { ownerReferences, labels, ...metadata } = result.metadata;
  const { [ARGO.workflow]: _, ...kept } = labels ?? {};
  return { ...result, metadata: { ...metadata, ...(labels !== undefined && { labels: kept }) } };
}
