/** Who asks the relay, and what they may: the hub decides both. */
import { agentAccount, GROUP, memberOf, pairNamespace, RELAY, SYSTEM_NAMESPACE } from '../../api/index.ts';
import { type ApiClient, identifyBearer, mayDo } from '../../kube/index.ts';

/** The member whose agent sends this header (`Bearer …`), undefined for anybody else. */
export async function identify(
  hub: ApiClient,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  return memberOf((await identifyBearer(hub, authorization, { audiences: [RELAY.audience], signal }))?.user ?? '');
}

/** Whether the source may delegate to the target, which is what its bindings in the pair's namespace say. */
export function mayDial(
  hub: ApiClient,
  { source, target }: { source: string; target: string },
  signal: AbortSignal,
): Promise<boolean> {
  const user = `system:serviceaccount:${SYSTEM_NAMESPACE}:${agentAccount(source)}`;
  const use = { verb: 'create', group: GROUP, resource: 'poddelegations', namespace: pairNamespace(source, target) };
  return mayDo(hub, { user }, use, signal);
}
