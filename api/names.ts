/** Names that Berth gives to things: the API group, annotations, labels, namespaces, nodes, delegates. */

export const GROUP = 'multicluster.admiralty.io';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Annotations that a user may set on a pod (template), and those that Berth adds to the proxy. */
export const ANNOTATION = {
  elect: `${GROUP}/elect`,
  clusterName: `${GROUP}/clustername`,
  clusterSelector: `${GROUP}/cluster-selector`,
  proxyMode: `${GROUP}/proxy-mode`,
  failover: `${GROUP}/failover`,
  noPrefixLabelRegexp: `${GROUP}/no-prefix-label-regexp`,
  manifest: `${GROUP}/sourcepod-manifest`,
  mirrored: `${GROUP}/mirrored-annotations`,
  /** On a proxy once it is bound: `cluster/namespace/name` of its delegate, and the node on which that runs there. */
  delegate: `${GROUP}/delegate`,
  delegateNode: `${GROUP}/delegate-node`,
} as const;

/**
 * What Berth writes on delegates. A domain of its own: labels of the user are prefixed with the group's domain
 * (`app` becomes `multicluster.admiralty.io/app`), so no label of a user can ever be taken for one of these.
 */
export const DELEGATE = {
  source: `delegate.${GROUP}/source`,
  proxyNamespace: `delegate.${GROUP}/proxy-namespace`,
  proxyName: `delegate.${GROUP}/proxy-name`,
  proxyUid: `delegate.${GROUP}/proxy-uid`,
  attempt: `delegate.${GROUP}/attempt`,
  amended: `delegate.${GROUP}/amended`,
} as const;

/** Labels and annotations of Argo Workflows (argo-workflows, workflow/common/common.go). */
export const ARGO = {
  /** On pods of its own: `agent`, `artifact-gc`. */
  component: 'workflows.argoproj.io/component',
  /** `"true"` on a pod that it has done with, also on one that still runs. */
  completed: 'workflows.argoproj.io/completed',
  /** On the pods of a workflow and on their results: its name. */
  workflow: 'workflows.argoproj.io/workflow',
  /** On both too, where several controllers share a cluster. */
  instance: 'workflows.argoproj.io/controller-instanceid',
  /** Annotation of a pod: name of its result. */
  node: 'workflows.argoproj.io/node-id',
  /** Annotation of a pod, before a container's name: the command that signals it, instead of Argo's own. */
  killCommand: 'workflows.argoproj.io/kill-cmd-',
  /** On a result: `"true"` once nothing is added to it any more. */
  reported: 'workflows.argoproj.io/report-outputs-completed',
} as const;

/** Containers that Argo adds to a step to report of it; which one depends on its version. */
export const ARGO_EXECUTORS: readonly string[] = ['wait', 'supervisor'];

/** True for annotations and labels in one of Berth's own domains: they never travel between clusters. */
export function isOurs(key: string): boolean {
  const domain = key.slice(0, Math.max(0, key.indexOf('/')));
  return domain === GROUP || domain.endsWith(`.${GROUP}`);
}

/** The labels or annotations that travel. */
export const withoutOurs = (entries: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(entries).filter(([key]) => !isOurs(key)));

/** Label and taint of virtual nodes; proxies select the one and tolerate the other. Its value is the target. */
export const VIRTUAL_NODE_KEY = `node.${GROUP}/target`;

/** `spec.schedulerName` of proxies: no kube-scheduler touches them, and one field selector finds them all. */
export const PROXY_SCHEDULER = 'berth';

/** Label of everything that Berth creates beside its own kinds, so that it can be found and removed. */
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'berth' };

/** ClusterRole of a target, for the service accounts of delegates that report results; bindings begin with its name. */
export const RESULT_REPORTER = 'berth-task-results';

/** Where components of Berth live in every cluster. */
export const SYSTEM_NAMESPACE = 'berth-system';

/** API server components wait for these namespaces, or live in them. */
export const CLUSTER_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease'];

/** Namespaces of the cluster's own and of Berth's: no pod is elected in them, no delegate runs there. */
export const isReservedNamespace = (namespace: string): boolean =>
  CLUSTER_NAMESPACES.includes(namespace) || namespace.startsWith('berth-');

/** ConfigMap in a target's system namespace: which source has which namespace there. */
export const NAMESPACE_CLAIMS = 'berth-namespaces';

/** Name of the Lease by which an agent says in its namespace on the hub that it is alive. */
export const HEARTBEAT_LEASE = 'agent';

/** Service account on the hub of a member's agent. */
export const agentAccount = (cluster: string): string => `agent-${cluster}`;

/** The member whose agent is known to the hub as this user; undefined for anybody else. */
export function memberOf(user: string): string | undefined {
  const account = `system:serviceaccount:${SYSTEM_NAMESPACE}:${agentAccount('')}`;
  const cluster = user.startsWith(account) ? user.slice(account.length) : '';
  return isClusterName(cluster) ? cluster : undefined;
}

/** Namespace on the hub that one member's agent reports into. */
export const memberNamespace = (cluster: string): string => `berth-${cluster}`;

/** Namespace on the hub that a source and a target share. Unambiguous, since cluster names have no `--`. */
export const pairNamespace = (source: string, target: string): string => `berth-${source}--${target}`;

/** The node in a source cluster to which proxies are bound whose delegates run in `target`. */
export const virtualNodeName = (target: string): string => `berth-${target}`;

/** The target for which a virtual node stands, by the node's name; undefined for any other node. */
export const targetOf = (nodeName: string): string | undefined =>
  nodeName.startsWith(virtualNodeName('')) ? nodeName.slice(virtualNodeName('').length) : undefined;

/** The relay of streams: what it and the agents call things. */
export const RELAY = {
  /** On the hub, in our namespace: `server` and `ca`, where it is and by whose certificate one knows it. */
  configMap: 'berth-relay',
  /** Of the tokens that agents show to it: they are worth nothing to the hub's API. */
  audience: 'berth-relay',
  /** Name of the protocol that connections to it are upgraded to. */
  protocol: 'berth-relay-1',
  /** Asked by the agent of a target, kept as long as it lives: lines with streams that wait to be fetched. */
  link: '/v1/link',
  /** Before the name of a target: asked by the agent of a source, and joined with the target's fetching. */
  dial: '/v1/dial/',
  /** Before the ID of a stream, fetched by the agent of its target. */
  fetch: '/v1/streams/',
} as const;

/** Of the tokens that agents of sources show to the agent of this target, where they reach it directly. */
export const directAudience = (target: string): string => `berth-streams:${target}`;

/** A line of a link. Lines that are empty say that the other side is alive. */
export interface Announcement {
  stream: string;
  /** Who dialled. */
  source: string;
}

/** User as which delegates of a source are created in targets, so that the target's RBAC decides about that source. */
export const sourceUser = (source: string): string => `berth:source:${source}`;

const CLUSTER_NAME = /^[a-z0-9]([a-z0-9]|-(?!-))*$/;

/**
 * True if `name` may name a cluster: a DNS label of at most 27 characters, without `--` and not ending in `-`. Not
 * `system`, whose namespace is where our components live.
 */
export const isClusterName = (name: string): boolean =>
  name.length <= 27 && CLUSTER_NAME.test(name) && !name.endsWith('-') && memberNamespace(name) !== SYSTEM_NAMESPACE;

const MAX_POD_NAME = 253;

/**
 * Name of the delegate of a proxy: `<source>-<namespace>-<name>-<hash of UID and attempt>`.
 * The parts are for people, the hash decides (dashes make `a-b/c` and `a/b-c` alike). Too long a name is cut before
 * the hash, never so that a `.` or `-` ends a label (the API server refuses `a.-b`).
 */
export function delegateName(source: string, pod: { namespace: string; name: string; uid: string }, attempt: number) {
  const suffix = hash(`${pod.uid}/${attempt}`);
  const readable = `${source}-${pod.namespace}-${pod.name}`;
  const cut = readable.slice(0, MAX_POD_NAME - suffix.length - 1).replace(/[^a-z0-9]+$/, '');
  return `${cut}-${suffix}`;
}

/** Before the names of results that delegates write: how the webhook and the agent of a target tell them from others. */
export const RESULT_PREFIX = 'berth.';

/**
 * Name of the Argo result that a delegate writes: `berth.<source>.<UID>.<attempt>`. The name that Argo gave it may be
 * that of another source's step too, and is that of the step at home where a cluster is its own target.
 */
export const resultName = (source: string, uid: string, attempt: number): string =>
  `${RESULT_PREFIX}${source}.${uid}.${attempt}`;

/** Whose result has that name; undefined for any that is no delegate's. */
export function resultOwner(name: string): { source: string; uid: string } | undefined {
  const [prefix, source = '', uid = '', attempt, ...more] = name.split('.');
  const isOurs = `${prefix}.` === RESULT_PREFIX && attempt !== undefined && more.length === 0;
  return isOurs ? { source, uid } : undefined;
}

/** Secret beside a delegation on the hub that holds what follows the pod. */
export const bundleName = (uid: string, attempt: number): string => `${uid}.${attempt}`;

/** Name in the target of a copy of `name` for one delegate: never that of an object of its own there. */
export function copyName(name: string, delegate: string): string {
  const suffix = hash(delegate);
  const cut = name.slice(0, MAX_POD_NAME - suffix.length - 1).replace(/[^a-z0-9]+$/, '');
  return `${cut}-${suffix}`;
}

/** Host name for a delegate: the proxy's name as a DNS label (63 characters at most), or undefined if none is left. */
export function hostName(podName: string): string | undefined {
  const label = podName.replaceAll('.', '-').slice(0, 63).replace(/-+$/, '');
  return label === '' ? undefined : label;
}

/** Ten base-36 characters of a 53-bit hash (cyrb53): stable over processes, not a secret. */
export function hash(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  const value = 4294967296 * (2097151 & b) + (a >>> 0);
  return value.toString(36).padStart(11, '0').slice(-10);
}
