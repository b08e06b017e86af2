/** Who asks the relay, and what they may: the hub decides both. */
import { agentAccount, GROUP, memberOf, pairNamespace, RELAY, SYSTEM_NAMESPACE } from '../../api/index.ts';
import { type ApiClient, identifyBearer, mayDo } from '../../kube/index.ts';

/** The agent of a member. */
export interface Agent {
  member: string;
  /** Of its service account on the hub. */
  uid: string;
}

/** The agent that sends this header (`Bearer …`), undefined for anybody else. */
export async function identify(
  hub: ApiClient,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<Agent | undefined> {
  const { user = '', uid = '' } =
    (await identifyBearer(hub, authorization, { audiences: [RELAY.audience], signal })) ?? {};
  const member = memberOf(user);
  return member === undefined ? undefined : { member, uid };
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
