/** For tests of the relay. */
import { type ConfigMap, type KubeObject, RELAY } from '../../api/index.ts';
import type { ApiClient } from '../../kube/index.ts';

/**
 * A hub that knows the tokens `t-<cluster>`, and lets only a delegate, only to b. `revoked` takes tokens that it knows no
 * more, `reviewed` has those of which it was asked.
 */
export function sampleHub() {
  const revoked = new Set<string>();
  const reviewed: string[] = [];
  const announced: { data?: Record<string, string> } = {};
  const create = async (resource: string, object: KubeObject & { spec: Record<string, never> }) => {
    const {
      token = '',
      audiences,
      user = '',
      resourceAttributes,
    } = object.spec as unknown as {
      token?: string;
      audiences?: string[];
      user?: string;
      resourceAttributes?: { namespace: string; verb: string; resource: string };
    };
    if (resource === 'tokenreviews') {
      reviewed.push(token);
      const username = token === 't-admin' ? 'admin' : `system:serviceaccount:berth-system:agent-${token.slice(2)}`;
      return {
        status: { authenticated: token.startsWith('t-') && !revoked.has(token), audiences, user: { username } },
      };
    }
    const { namespace, verb, resource: kind } = resourceAttributes ?? {};
    const isPair = namespace === 'berth-a--b' && verb === 'create' && kind === 'poddelegations';
    return { status: { allowed: isPair && user === 'system:serviceaccount:berth-system:agent-a' } };
  };
  const patch = async (_: string, name: string, body: ConfigMap) => {
    if (name === RELAY.configMap) announced.data = body.data ?? {};
  };
  return { client: { create, patch } as unknown as ApiClient, announced, revoked, reviewed };
}
