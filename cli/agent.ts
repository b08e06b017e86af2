/** `berth agent`: the agent of one member, as a process of its own. */
import { startAgent } from '../agent/main.ts';
import type { ServingCertificate } from '../api/index.ts';
import { parseAdvertise, parseListen } from './address.ts';
import { open } from './connect.ts';
import { AGENT_LEASE } from './install/member.ts';
import { createLog, leading, sayReady, untilAsked, version } from './run.ts';
import { streamsBy } from './streams.ts';

export interface AgentCommand {
  /** Name of the member. */
  cluster: string;
  /** Kubeconfig of the member, as its service account `agent`. */
  kubeconfig: string;
  /** Kubeconfig of the hub, as this member's service account there. */
  hub: string;
  nodeAddress?: string;
  nodePort: number;
  /** `host:port` at which sources reach this agent without the relay. */
  streamListen?: string;
  /** `host[:port]` by which they do. */
  streamAdvertise?: string;
  servingCertificate: ServingCertificate;
  /** Seconds that a delegate may be without a node. */
  nodeTimeout: number;
  leaseSeconds: number;
  logLevel: string;
}

/** Runs until SIGINT or SIGTERM. Of several for one member one works, by a Lease in the member; the others stand by. */
export const agent = (o: AgentCommand): Promise<void> =>
  untilAsked(async (asked) => {
    const direct = directOf(o);
    const log = createLog(o.logLevel).child({ room: 'agent', cluster: o.cluster });
    const home = await open(o.cluster, o.kubeconfig, 'agent');
    const hub = await open('hub', o.hub, 'agent');
    const election = { client: home.client, lease: AGENT_LEASE, leaseSeconds: o.leaseSeconds, log, signal: asked };
    try {
      await leading(election, async ({ signal, fence }) => {
        const { stopped } = await startAgent({
          cluster: o.cluster,
          home: home.client.fenced(fence),
          hub: hub.client.fenced(fence),
          ...(o.nodeAddress === undefined ? {} : { nodeAddress: o.nodeAddress }),
          nodePort: o.nodePort,
          servingCertificate: o.servingCertificate,
          streams: {
            ...streamsBy({ cluster: o.cluster, home: home.credentials, hub, now: () => Date.now() }),
            ...(direct && { direct }),
          },
          noNodeAfterMs: o.nodeTimeout * 1000,
          version,
          now: () => Date.now(),
          random: () => Math.random(),
          signal,
          log,
        });
        sayReady();
        await stopped;
      });
    } finally {
      await Promise.all([home.client.close(), hub.client.close()]);
    }
  });

/** Throws a UserError for what is no address. */
function directOf({ streamListen: listen, streamAdvertise: advertise }: AgentCommand) {
  if (listen === undefined) return undefined;
  const address = { listen, ...(advertise !== undefined && { advertise }) };
  return { ...parseListen(address, 'sources need'), ...(advertise && { advertise: parseAdvertise(advertise) }) };
}
