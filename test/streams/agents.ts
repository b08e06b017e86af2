/** Agents of our own making: tokens of accounts on the hub, and what the ports of agents answer to them. */
import type { Duplex } from 'node:stream';
import { agentAccount, type ConfigMap, RELAY, SYSTEM_NAMESPACE } from '../../api/index.ts';
import { createOpener, type Opened } from '../../kube/index.ts';
import type { Site } from '../journeys/fleet.ts';

/** A port, and the authority of its certificate. */
export interface Port {
  server: string;
  ca?: string | undefined;
}

/** A token that the hub makes for this member's agent; for the hub's API if no audience is given. */
export async function tokenOf(hub: Site, member: string, audience?: string): Promise<string> {
  const more = audience === undefined ? [] : ['--audience', audience];
  const account = ['create', 'token', agentAccount(member), '-n', SYSTEM_NAMESPACE];
  return (await hub.kubectl([...account, ...more])).trim();
}

export async function relayOf({ api }: Site): Promise<Port> {
  const { data } = await api.get<ConfigMap>('configmaps', RELAY.configMap, { namespace: SYSTEM_NAMESPACE });
  return { server: data?.['server'] ?? '', ca: data?.['ca'] };
}

/** What is answered to who asks with that token for an upgrade to what agents speak. */
export function openAs(token: string, { server, ca }: Port, path: string): Promise<Opened> {
  const headers = async () => ({ authorization: `Bearer ${token}` });
  const open = createOpener({ server, tls: { ...(ca && { ca }) }, headers });
  const asked = { connection: 'Upgrade', upgrade: RELAY.protocol };
  return open({ method: 'GET', path, headers: asked, answerMs: 10_000, signal: new AbortController().signal });
}

/** The connection that an agent is given; rejects if it is refused. */
export async function connectionAs(token: string, port: Port, path: string): Promise<Duplex> {
  const opened = await openAs(token, port, path);
  if (opened.kind === 'upgraded') return opened.socket;
  opened.body.destroy();
  throw new Error(`${port.server}${path} answered ${opened.status}`);
}

/** The status, 101 for an upgrade, which is closed again. */
export async function statusAs(token: string, port: Port, path: string): Promise<number> {
  const opened = await openAs(token, port, path);
  (opened.kind === 'upgraded' ? opened.socket : opened.body).destroy();
  return opened.kind === 'upgraded' ? 101 : opened.status;
}
