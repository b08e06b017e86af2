/** Step 4: the proxy is bound to the target's virtual node as soon as its delegate has a node there. */
import { type Action, virtualNodeName } from '../../api/index.ts';
import { currentDelegation, type SourceState } from './state.ts';

/**
 * Not earlier: a bound pod can never move, but a target may still refuse a delegate or find no node for it, and then
 * the next attempt goes elsewhere (docs/adr/0002-bind-late.md).
 */
export function bind(state: SourceState): Action[] {
  const { proxy, uid } = state;
  const delegation = currentDelegation(state);
  if (proxy === undefined || proxy.spec.nodeName !== undefined || state.bindingSent) return [];
  if (delegation?.status?.delegate?.node === undefined) return [];
  return [
    {
      do: 'bind',
      at: 'home',
      namespace: proxy.metadata.namespace ?? '',
      name: proxy.metadata.name,
      uid,
      node: virtualNodeName(delegation.spec.target),
    },
  ];
}
