/** What a member cluster holds for Berth: the agent's identity, and one user per source that may create delegates. */
import {
  type ClusterSpec,
  NAMESPACE_CLAIMS,
  RESULT_REPORTER,
  SERVING_REQUEST,
  SERVING_SIGNER,
  type ServingCertificate,
  SYSTEM_NAMESPACE,
  sourceUser,
  virtualNodeName,
} from '../../api/index.ts';
import {
  type Applied,
  boundRole,
  clusterRole,
  clusterRoleBinding,
  configMap,
  electionRights,
  FOLLOW,
  namespace,
  type Right,
  roleBinding,
  rule,
  type Subject,
  serviceAccount,
} from './objects.ts';

export const AGENT_ACCOUNT = 'agent';
/** Lease that the working agent holds. */
export const AGENT_LEASE = 'agent';
const AGENT: Subject = { kind: 'ServiceAccount', namespace: SYSTEM_NAMESPACE, name: AGENT_ACCOUNT };
const AGENT_ROLE = 'berth-agent';
const DELEGATE_ROLE = 'berth-delegate-creator';
const LEASES = 'coordination.k8s.io';
const RBAC = 'rbac.authorization.k8s.io';
const CERTIFICATES = 'certificates.k8s.io';
const ARGO_GROUP = 'argoproj.io';
const RESULTS = 'workflowtaskresults';
const NODE_LEASES = 'kube-node-lease';
/** Before a source's name: its bindings. */
export const SOURCE_BINDING = 'berth-source-';

export interface MemberPart {
  cluster: string;
  /** Clusters whose delegates may run here. */
  sources: string[];
  /** Clusters in which delegates of this one may run. */
  targets: string[];
  /** What of other clusters may run here, and where. */
  accept: ClusterSpec['accept'];
  /** What its agent may have signed. */
  servingCertificate: ServingCertificate;
}

type Peers = Pick<MemberPart, 'sources' | 'targets'>;
type AgentPart = Peers & Pick<MemberPart, 'servingCertificate'>;

/** Of the agent, everywhere in its cluster: proxies may be in any namespace. */
export const agentRights = ({ sources, targets, servingCertificate }: AgentPart): Right[] => [
  {
    why: 'follows proxies, delegates and the room that other pods leave; `get` before it believes that one is gone',
    rules: [rule('', ['pods'], ['get', ...FOLLOW])],
  },
  { why: 'removes delegates, and proxies whose delegate is gone', rules: [rule('', ['pods'], ['delete'])] },
  { why: "shows the delegate's status on the proxy", rules: [rule('', ['pods/status'], ['patch'])] },
  { why: 'binds proxies to virtual nodes', rules: [rule('', ['pods/binding'], ['create'])] },
  { why: 'tells users why their pod waits', rules: [rule('', ['events'], ['create'])] },
  {
    why: 'follows what is said about delegates, for those who see the proxy only',
    rules: [rule('', ['events'], FOLLOW)],
  },
  {
    why: 'asks whether this is the cluster that the hub knows by its name',
    rules: [rule('', ['namespaces'], ['get'], ['kube-system'])],
  },
  {
    why: 'follows the results of Argo steps that delegates write, and removes them; `get` before it tells how one ended',
    rules: [rule(ARGO_GROUP, [RESULTS], ['get', ...FOLLOW, 'delete'])],
  },
  ...some(sources, {
    why: 'lets service accounts of delegates write them, where they run',
    rules: [rule(RBAC, ['rolebindings'], ['create']), rule(RBAC, ['clusterroles'], ['bind'], [RESULT_REPORTER])],
  }),
  ...some(targets, {
    why: 'reads what pods refer to that follows them into other clusters',
    rules: [rule('', ['configmaps', 'secrets'], ['get'])],
  }),
  ...some(targets, {
    why: 'tells Argo the results of steps that ran elsewhere',
    // Server-side apply asks for both rights.
    rules: [rule(ARGO_GROUP, [RESULTS], ['create', 'patch'])],
  }),
  {
    why: "asks whether an API server that wants to signal a step may: its virtual nodes' kubelet API",
    rules: [rule('authorization.k8s.io', ['subjectaccessreviews'], ['create'])],
  },
  {
    why: 'asks whose token a collector of metrics shows to its virtual nodes (`kubectl top`), as kubelets do',
    rules: [rule('authentication.k8s.io', ['tokenreviews'], ['create'])],
  },
  ...some(sources, {
    why: 'tells a source what its delegates use (`kubectl top` there); of no other pod',
    rules: [rule('metrics.k8s.io', ['pods'], ['list'])],
  }),
  { why: 'knows the room, and makes virtual nodes', rules: [rule('', ['nodes'], [...FOLLOW, 'create'])] },
  ...some(targets, {
    why: 'keeps its virtual nodes: their finalizer, and Ready',
    rules: [rule('', ['nodes', 'nodes/status'], ['patch'], targets.map(virtualNodeName))],
  }),
  ...some(sources, {
    why: "creates delegates in their source's name, so that this cluster's own rules judge that source",
    rules: [rule('', ['users'], ['impersonate'], sources.map(sourceUser))],
  }),
  ...servingRights(servingCertificate),
];

/** Requests cannot be limited to a signer, but sign nothing. To approve them is to serve under any name: docs/adr/0013-serving-certificates.md. */
function servingRights(servingCertificate: ServingCertificate): Right[] {
  if (servingCertificate === 'own') return [];
  const requests = 'certificatesigningrequests';
  const asks: Right = {
    why: 'asks the cluster to sign what its virtual nodes serve by, with `--serving-certificate` `cluster` or `self-approved` only',
    rules: [
      rule(CERTIFICATES, [requests], ['create']),
      rule(CERTIFICATES, [requests], ['get', 'delete'], [SERVING_REQUEST]),
    ],
  };
  if (servingCertificate === 'cluster') return [asks];
  const approves: Right = {
    why: 'approves that itself, with `--serving-certificate self-approved` only',
    rules: [
      rule(CERTIFICATES, [`${requests}/approval`], ['update'], [SERVING_REQUEST]),
      rule(CERTIFICATES, ['signers'], ['approve'], [SERVING_SIGNER]),
    ],
  };
  return [asks, approves];
}

/** Of the agent, in the namespace of the nodes' leases. */
export const nodeLeaseRights = ({ targets }: Pick<Peers, 'targets'>): Right[] => [
  {
    why: 'renews the leases of virtual nodes',
    rules: [
      rule(LEASES, ['leases'], ['create']),
      ...(targets.length === 0 ? [] : [rule(LEASES, ['leases'], ['patch'], targets.map(virtualNodeName))]),
    ],
  },
];

/** Of the agent, where API servers publish whose certificates they take. */
export const KUBE_SYSTEM_RIGHTS: Right[] = [
  {
    why: 'knows API servers by their certificates',
    rules: [rule('', ['configmaps'], ['get'], ['extension-apiserver-authentication'])],
  },
];

/** Of the agent, in our namespace. */
export const SYSTEM_RIGHTS: Right[] = [
  ...electionRights(AGENT_LEASE),
  {
    why: 'writes down which source has which namespace',
    rules: [rule('', ['configmaps'], [...FOLLOW, 'patch'], [NAMESPACE_CLAIMS])],
  },
];

/** Of a source, where it is accepted. */
export const DELEGATE_RIGHTS: Right[] = [
  { why: 'its delegates run here', rules: [rule('', ['pods'], ['create'])] },
  {
    why: 'what its delegates refer to follows them',
    rules: [rule('', ['configmaps', 'secrets'], ['create'])],
  },
  { why: "what a proxy's owner changes reaches the delegate", rules: [rule('', ['pods'], ['patch'])] },
  { why: 'their logs are read at home', rules: [rule('', ['pods/log'], ['get'])] },
  {
    why: 'and they are entered from there; `get` is what WebSockets ask for',
    rules: [rule('', ['pods/exec', 'pods/attach', 'pods/portforward'], ['get', 'create'])],
  },
];

/** Of service accounts of delegates that are steps of Argo. */
export const REPORT_RIGHTS: Right[] = [
  { why: 'its executor reports the result of its step', rules: [rule(ARGO_GROUP, [RESULTS], ['create', 'patch'])] },
];

/** A rule without names is one about all names. */
const some = (names: string[], right: Right): Right[] => (names.length === 0 ? [] : [right]);

export const memberObjects = (part: MemberPart): Applied[] => [
  namespace(SYSTEM_NAMESPACE),
  serviceAccount(SYSTEM_NAMESPACE, AGENT_ACCOUNT),
  clusterRole(AGENT_ROLE, agentRights(part)),
  clusterRoleBinding(AGENT_ROLE, AGENT_ROLE, [AGENT]),
  ...boundRole(NODE_LEASES, AGENT_ROLE, nodeLeaseRights(part), [AGENT]),
  ...boundRole(SYSTEM_NAMESPACE, AGENT_ROLE, SYSTEM_RIGHTS, [AGENT]),
  ...boundRole('kube-system', AGENT_ROLE, KUBE_SYSTEM_RIGHTS, [AGENT]),
  configMap(SYSTEM_NAMESPACE, NAMESPACE_CLAIMS),
  clusterRole(DELEGATE_ROLE, DELEGATE_RIGHTS),
  clusterRole(RESULT_REPORTER, REPORT_RIGHTS),
  ...part.sources.flatMap((source) => delegateBindings(source, part.accept.namespaces)),
];

function delegateBindings(source: string, namespaces: string[]): Applied[] {
  const name = `${SOURCE_BINDING}${source}`;
  const subjects = [{ kind: 'User', name: sourceUser(source) } as const];
  if (namespaces.includes('*')) return [clusterRoleBinding(name, DELEGATE_ROLE, subjects)];
  return namespaces.map((inNamespace) => roleBinding(inNamespace, name, DELEGATE_ROLE, subjects));
}
