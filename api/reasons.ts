/**
 * Every reason that a user can meet on a proxy, a delegation, a Cluster or an answer of ours: its code, and what to
 * do about it. A code is never used again for something else. The table is printed in docs/reasons.md.
 */

interface ReasonEntry {
  code: string;
  /** What the user can do, one sentence. */
  todo: string;
}

export const REASONS = {
  // At admission (BERTH1xx).
  ManifestTooLarge: {
    code: 'BERTH101',
    todo: 'Make the pod smaller: move big arguments and environment into a ConfigMap.',
  },
  ProxyCopied: { code: 'BERTH102', todo: 'Submit the original pod, without the annotation sourcepod-manifest.' },
  InvalidAnnotation: { code: 'BERTH103', todo: 'Correct the annotation that the message names.' },
  UnsupportedProxyMode: { code: 'BERTH104', todo: 'Leave out proxy-mode or set it to virtual.' },
  MalformedReview: {
    code: 'BERTH105',
    todo: 'Only an API server should call this address; check the webhook configuration.',
  },
  ReservedScheduler: {
    code: 'BERTH106',
    todo: 'Leave schedulerName out: berth is for proxies, which only the webhook makes.',
  },
  TiedToHome: {
    code: 'BERTH107',
    todo: 'Take clustername from the template: the step then stays at home; or pass files as artifacts.',
  },
  // Why a cluster does not get the pod (BERTH2xx).
  NoClusters: { code: 'BERTH201', todo: 'Register a member: berth up --member NAME=KUBECONFIG.' },
  UnknownCluster: {
    code: 'BERTH202',
    todo: 'Name a registered cluster in the annotation clustername (kubectl get clusters on the hub).',
  },
  NotNamed: { code: 'BERTH203', todo: 'Add the cluster to the annotation clustername, or remove the annotation.' },
  SelectorMismatch: { code: 'BERTH204', todo: 'Change the annotation cluster-selector or the labels of the Cluster.' },
  NotAccepted: { code: 'BERTH205', todo: "Let the target accept the source in its Cluster's spec.accept." },
  NamespaceNotAccepted: { code: 'BERTH206', todo: "Add the namespace to the target Cluster's spec.accept.namespaces." },
  NotATarget: { code: 'BERTH207', todo: "Add Target to the Cluster's spec.roles." },
  Offline: { code: 'BERTH208', todo: "Start the cluster's agent, or look at its log: no heartbeat reached the hub." },
  NoNodes: { code: 'BERTH209', todo: 'Add nodes, or wait until those of the cluster are Ready.' },
  Insufficient: { code: 'BERTH210', todo: 'Wait for room, add nodes, or lower the requests.' },
  TaintNotTolerated: { code: 'BERTH211', todo: 'Add a toleration to the pod, or remove the taint.' },
  NodeSelectorMismatch: { code: 'BERTH212', todo: "Change the pod's nodeSelector or affinity, or label nodes." },
  Cordoned: { code: 'BERTH213', todo: 'Uncordon nodes of the cluster.' },
  NotReady: { code: 'BERTH214', todo: 'Wait until nodes of the cluster are Ready.' },
  PassedOver: {
    code: 'BERTH215',
    todo: 'The cluster refused or could not start this pod; it is asked again in a minute.',
  },
  InvalidSelector: { code: 'BERTH216', todo: 'Correct the annotation cluster-selector.' },
  // Where the pod is (BERTH3xx).
  Waiting: { code: 'BERTH301', todo: 'Nothing: the pod goes as soon as it fits. The message says why per cluster.' },
  Placed: { code: 'BERTH302', todo: 'Nothing.' },
  Gated: { code: 'BERTH303', todo: 'Nothing: whoever set the scheduling gate removes it.' },
  NotElected: { code: 'BERTH304', todo: 'Annotate the pod template with multicluster.admiralty.io/elect: "".' },
  // What the target said (BERTH4xx).
  DelegateRefused: { code: 'BERTH401', todo: "Allow it in the target: the message is the target API server's." },
  DelegateUnschedulable: { code: 'BERTH402', todo: "The message is the target scheduler's; Berth tries elsewhere." },
  DelegateLost: {
    code: 'BERTH403',
    todo: 'The delegate vanished in the target; the workload controller may start the pod again.',
  },
  DelegateNameTaken: { code: 'BERTH404', todo: 'Another pod in the target has the name; delete that pod.' },
  BadManifest: { code: 'BERTH405', todo: 'Delete the proxy and submit the original pod again.' },
  AmendmentRefused: {
    code: 'BERTH406',
    todo: "Allow the change of labels or annotations in the target: the message is its API server's.",
  },
  NamespaceTaken: {
    code: 'BERTH407',
    todo: 'Let the target share the namespace (spec.accept.sharedNamespaces of its Cluster), or use another.',
  },
  ResultRefused: {
    code: 'BERTH408',
    todo: "What the step reported is lost: the message is this cluster's API server's; allow it and run the step again.",
  },
  NotThroughProxy: {
    code: 'BERTH409',
    todo: 'Run berth relay beside the hub, or ask in the cluster where the pod runs, which berth explain POD names.',
  },
  CopyRefused: {
    code: 'BERTH410',
    todo: "Allow it in the target: the message is its API server's. The pod waits there until the copy is made.",
  },
  FollowedMissing: {
    code: 'BERTH411',
    todo: 'Create what the message names in the namespace of the pod; it is sent along then.',
  },
  // Members (BERTH5xx).
  HeartbeatFresh: { code: 'BERTH501', todo: 'Nothing.' },
  HeartbeatStale: {
    code: 'BERTH502',
    todo: "Start the cluster's agent, or look at its log: no heartbeat reached the hub.",
  },
  HeartbeatMissing: { code: 'BERTH503', todo: "Start the cluster's agent: it has never reported." },
  InvalidClusterName: { code: 'BERTH504', todo: 'Use a DNS label of at most 27 characters without "--", not system.' },
  SameCluster: {
    code: 'BERTH505',
    todo: 'Leave out one of the two names; if it is registered, delete its Cluster on the hub.',
  },
  ClusterNameTaken: {
    code: 'BERTH506',
    todo: 'Choose another name or kubeconfig; if the cluster was built anew, delete its Cluster on the hub first.',
  },
  // The command line (BERTH6xx).
  KubeconfigUnusable: { code: 'BERTH601', todo: 'Check that kubectl --kubeconfig FILE get nodes works.' },
  ApiServerUnreachable: { code: 'BERTH602', todo: 'Check the address in the kubeconfig and that the API server runs.' },
  PermissionDenied: { code: 'BERTH603', todo: 'berth up needs cluster-admin in the hub and in every member.' },
  NothingInstalled: { code: 'BERTH604', todo: 'Run berth up first, or name the hub with --hub.' },
  InvalidAddress: { code: 'BERTH620', todo: 'Write HOST:PORT with a host that API servers reach this process by.' },
  CannotListen: { code: 'BERTH621', todo: 'Choose an address of this machine and a port that nobody listens on.' },
  CannotWrite: { code: 'BERTH622', todo: 'Make room on the disk, or name a folder that can be written.' },
  ForeignCrd: {
    code: 'BERTH623',
    todo: 'Use the berth that installed it, or remove what is not ours: the hub can hold one version.',
  },
  PodNotFound: { code: 'BERTH605', todo: 'Check name and namespace (-n) and the cluster (--member).' },
} as const satisfies Record<string, ReasonEntry>;

export type ReasonName = keyof typeof REASONS;

/** One reason with its sentence; the same value feeds log, Event, condition and `berth explain`. */
export interface Reason {
  reason: ReasonName;
  message: string;
}

/** `[BERTH210] cluster1: insufficient cpu` */
export const describe = ({ reason, message }: Reason): string => `[${REASONS[reason].code}] ${message}`;

/** An error that a user meets: `message` says what went wrong, the table says what to do. */
export class UserError extends Error {
  readonly reason: ReasonName;
  constructor(reason: ReasonName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
    this.reason = reason;
  }
  /** The whole text for a person: code, what went wrong, what to do. */
  explain(): string {
    return `${describe({ reason: this.reason, message: this.message })}\n  ${REASONS[this.reason].todo}`;
  }
}
