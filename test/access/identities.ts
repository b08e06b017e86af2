/** Everybody that Berth is, on the API servers of the stage: cluster1 (the hub, and a member) and cluster2. */
import { inject } from 'vitest';
import { agentAccount, memberNamespace, pairNamespace, SYSTEM_NAMESPACE, sourceUser } from '../../api/index.ts';
import * as hub from '../../cli/install/hub.ts';
import * as member from '../../cli/install/member.ts';
import { electionRights, type Right } from '../../cli/install/objects.ts';
import * as webhook from '../../cli/install/webhook.ts';
import { type ApiClient, type Credentials, createClient, credentialsFromKubeconfig } from '../../kube/index.ts';
import { CLUSTERS, type ClusterName } from '../placement/scene.ts';

export interface Identity {
  /** For people. */
  title: string;
  at: ClusterName;
  user: string;
  /** What its roles give it, in whatever namespace. */
  rights: Right[];
  /** The namespaces in which it is somebody, and a few of others. */
  places: string[];
}

/** A namespace that nobody ever heard of. */
export const NOWHERE = 'access-nowhere';
/** Reads, writes and lists over all namespaces. */
export const EVERYWHERE = '';

const account = (name: string): string => `system:serviceaccount:${SYSTEM_NAMESPACE}:${name}`;
const OTHERS = [EVERYWHERE, 'default', 'kube-system', 'kube-node-lease', SYSTEM_NAMESPACE];
const PAIRS = CLUSTERS.flatMap((source) => CLUSTERS.map((target) => pairNamespace(source, target)));
const HUB_PLACES = [EVERYWHERE, 'default', 'kube-system', SYSTEM_NAMESPACE, ...CLUSTERS.map(memberNamespace), ...PAIRS];
const PEERS = { sources: [...CLUSTERS], targets: [...CLUSTERS], servingCertificate: 'self-approved' as const };

const hubAgent = (cluster: ClusterName): Identity => ({
  title: `agent of ${cluster}, on the hub`,
  at: 'cluster1',
  user: account(agentAccount(cluster)),
  rights: [
    ...hub.ownClusterRights(cluster),
    ...hub.streamRights(cluster),
    ...hub.MEMBER_RIGHTS,
    ...hub.SOURCE_RIGHTS,
    ...hub.TARGET_RIGHTS,
  ],
  places: HUB_PLACES,
});

export const IDENTITIES: readonly Identity[] = [
  {
    title: 'scheduler, on the hub',
    at: 'cluster1',
    user: account(hub.SCHEDULER_ACCOUNT),
    rights: [...hub.SCHEDULER_RIGHTS, ...electionRights(hub.SCHEDULER_LEASE)],
    places: HUB_PLACES,
  },
  {
    title: 'relay, on the hub',
    at: 'cluster1',
    user: account(hub.RELAY_ACCOUNT),
    rights: [...hub.RELAY_RIGHTS, ...hub.ANNOUNCE_RELAY_RIGHTS],
    places: HUB_PLACES,
  },
  hubAgent('cluster1'),
  hubAgent('cluster2'),
  ...CLUSTERS.flatMap((cluster) => [
    {
      title: `agent of ${cluster}, in ${cluster}`,
      at: cluster,
      user: account(member.AGENT_ACCOUNT),
      rights: [
        ...member.agentRights(PEERS),
        ...member.nodeLeaseRights(PEERS),
        ...member.KUBE_SYSTEM_RIGHTS,
        ...member.SYSTEM_RIGHTS,
      ],
      places: cluster === 'cluster1' ? [...OTHERS, memberNamespace(cluster)] : OTHERS,
    },
    {
      title: `webhook of ${cluster}, in ${cluster}`,
      at: cluster,
      user: account(webhook.WEBHOOK_ACCOUNT),
      rights: [...webhook.CERTIFICATE_RIGHTS, ...webhook.configurationRights(cluster)],
      places: OTHERS,
    },
  ]),
  {
    title: 'source cluster2, in cluster1',
    at: 'cluster1',
    user: sourceUser('cluster2'),
    rights: member.DELEGATE_RIGHTS,
    places: OTHERS,
  },
];

/** What every user may: a service account that has no rights. */
export const anybody = (at: ClusterName): Identity => ({
  title: 'anybody',
  at,
  user: `system:serviceaccount:${NOWHERE}:anybody`,
  rights: [],
  places: [],
});

/** A client of the identity, by the administrator's impersonation. The caller closes it. */
export async function clientOf({ at, user }: Pick<Identity, 'at' | 'user'>): Promise<ApiClient> {
  const admin = await credentialsFromKubeconfig(inject('placement')[at].kubeconfig);
  const credentials: Credentials = {
    server: admin.server,
    get tls() {
      return admin.tls;
    },
    headers: async (signal) => ({ ...(await admin.headers(signal)), 'impersonate-user': user }),
  };
  return createClient({ cluster: at, credentials, component: 'test', random: Math.random });
}
