/** Step 4: the proxy is bound to the target's virtual node as soon as its delegate has a node there. */
import { type Action, ANNOTATION, type PodDelegation, virtualNodeName } from '../../api/index.ts';
import { currentDelegation, type SourceState } from './state.ts';

/**
 * Not earlier: a bound pod can never move, but a target may still refuse a delegate or find no node for it, and then
 * the next attempt goes elsewhere (docs/adr/0002-bind-late.md).
 */
export function bind(state: SourceState): Action[] {
  const { proxy, uid } = state;
  const delegation = currentDelegation(state);
  if (proxy === undefined || proxy.spec.nodeName !== undefined || state.bindingSent) return [];
  const delegateNode = delegation?.status?.delegate?.node;
  if (delegation === undefined || delegateNode === undefined) return [];
  return [
    {
      do: 'bind',
      at: 'home',
      namespace: proxy.metadata.namespace ?? '',
      name: proxy.metadata.name,
      uid,
      node: virtualNodeName(delegation.spec.target),
      annotations: { [ANNOTATION.delegate]: placeOf(delegation), [ANNOTATION.delegateNode]: delegateNode },
    },
  ];
}

const placeOf = ({ spec: { target, delegate } }: PodDelegation): string =>
  `${target}/${delegate.namespace}/${delegate.name}`;

/** The Event that goes with a Binding, worded as kube-scheduler's; undefined if nothing is delegated. */
export function assigned(state: SourceState): string | undefined {
  const delegation = currentDelegation(state);
  if (delegation === undefined) return undefined;
  const { spec, status } = delegation;
  const node = status?.delegate?.node;
  return `Successfully assigned ${spec.pod.namespace}/${spec.pod.name} to ${placeOf(delegation)} on node ${node}`;
}
