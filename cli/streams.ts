/** How an agent opens streams: at its own cluster, and at the relay as what it is on the hub. */
import type { AgentOptions } from '../agent/main.ts';
import { agentAccount, RELAY, SYSTEM_NAMESPACE } from '../api/index.ts';
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
  const account = { namespace: SYSTEM_NAMESPACE, name: agentAccount(cluster), audiences: [RELAY.audience], now };
  const { headers, invalidate } = serviceAccountCredentials(hub.client, hub.credentials, account);
  const shown = { headers, ...(invalidate && { invalidate }), ...(proxy !== undefined && { proxy }) };
  return {
    open: createOpener(home),
    openAt: ({ server, ca }) => createOpener({ server, tls: { ca }, ...shown }),
  };
}
