/** How an agent opens streams: at its own cluster, and at the relay as what it is on the hub. */
import type { AgentOptions } from '../agent/main.ts';
import { agentAccount, SYSTEM_NAMESPACE } from '../api/index.ts';
import { type Credentials, createOpener, serviceAccountCredentials } from '../kube/index.ts';
import type { Connection } from './connect.ts';

export interface StreamsOptions {
  /** Name of the member. */
  cluster: string;
  home: Credentials;
  /** The hub, as this member's agent. */
  hub: Pick<Connection, 'client' | 'credentials'>;
  now: () => number;
}

export function streamsBy({ cluster, home, hub, now }: StreamsOptions): NonNullable<AgentOptions['streams']> {
  const { proxy } = hub.credentials;
  const tokens = new Map<string, Credentials>();
  const tokensFor = (audience: string): Credentials => {
    const account = { namespace: SYSTEM_NAMESPACE, name: agentAccount(cluster), audiences: [audience], now };
    const known = tokens.get(audience) ?? serviceAccountCredentials(hub.client, hub.credentials, account);
    tokens.set(audience, known);
    return known;
  };
  return {
    open: createOpener(home),
    openAt: ({ server, ca }, audience) => {
      const { headers, invalidate } = tokensFor(audience);
      const shown = { headers, ...(invalidate && { invalidate }), ...(proxy !== undefined && { proxy }) };
      return createOpener({ server, tls: { ca }, ...shown });
    },
  };
}
