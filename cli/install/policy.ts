/**
 * What a source may ask of a member's API server, checked there: RBAC says that it may create and change pods, this which
 * ones (docs/adr/0007-what-a-target-accepts.md). Pod security, quotas and limits are the member's own affair.
 */
import {
  CLUSTER_NAMESPACES,
  type ClusterSpec,
  DELEGATE,
  MANAGED_BY,
  SYSTEM_NAMESPACE,
  sourceUser,
} from '../../api/index.ts';
import { TLS_SECRET } from '../../certs/reconciler.ts';
import type { Applied } from './objects.ts';
import { WEBHOOK_ACCOUNT } from './webhook.ts';

const API_VERSION = 'admissionregistration.k8s.io/v1';
const PREFIX = sourceUser('');

/** A text as CEL writes it. */
const text = (value: string): string => JSON.stringify(value);
const list = (values: readonly string[]): string => `[${values.map(text).join(', ')}]`;

/** `condition` must hold, else the API server answers 403 with `message`, an expression of CEL. */
const rule = (expression: string, message: string) => ({
  expression,
  messageExpression: message,
  reason: 'Forbidden',
});

const ORIGIN = [DELEGATE.source, DELEGATE.proxyNamespace, DELEGATE.proxyName, DELEGATE.proxyUid, DELEGATE.attempt];

/** Labels and annotations, empty where there are none. */
const map = (object: string, field: string): string =>
  `(has(${object}.metadata.${field}) ? ${object}.metadata.${field} : {})`;
const entry = (of: string, key: string): string => `${of}[?${text(key)}].orValue("")`;

/** Nobody makes a pod that looks like another source's, nor one that belongs to no proxy. */
const shape = () => [
  rule(
    `${entry('variables.labels', DELEGATE.source)} == variables.source && ` +
      `${entry('variables.annotations', DELEGATE.source)} == variables.source && ` +
      `${list(ORIGIN)}.all(key, variables.annotations[?key].orValue("") != "") && ` +
      'object.metadata.name.startsWith(variables.source + "-")',
    '"a pod of source " + variables.source + " carries the name, labels and annotations of its delegate"',
  ),
  rule(
    `request.operation != "UPDATE" || (object.spec == oldObject.spec && ` +
      `${entry(map('oldObject', 'labels'), DELEGATE.source)} == variables.source && ` +
      `${list(ORIGIN)}.all(key, ${map('oldObject', 'annotations')}[?key].orValue("") == variables.annotations[?key].orValue("")))`,
    '"source " + variables.source + " may change labels and annotations of its delegates, and nothing else"',
  ),
  rule(
    'request.operation != "CREATE" || !has(object.spec.nodeName) || object.spec.nodeName == ""',
    '"the scheduler of this cluster chooses the node of a delegate"',
  ),
  rule(
    `!(request.namespace in ${list(CLUSTER_NAMESPACES)} || request.namespace.startsWith("berth-"))`,
    '"no delegate runs in namespace " + request.namespace',
  ),
];

/** What the admin of the member lets other clusters have. Its own pods were judged when their proxies were created. */
function lent({ serviceAccounts = ['default'], priorityClasses = [] }: ClusterSpec['accept'], usual: string[]) {
  const account = serviceAccounts.includes('*') ? 'true' : `variables.account in ${list(serviceAccounts)}`;
  const priority = priorityClasses.includes('*')
    ? '!variables.priority.startsWith("system-")'
    : `variables.priority in ${list(['', ...usual, ...priorityClasses].filter((name) => !name.startsWith('system-')))}`;
  return [
    rule(
      `variables.home || ${account}`,
      '"service account " + variables.account + " is not for delegates of " + variables.source + ": " + ' +
        '"spec.accept.serviceAccounts of this Cluster does not name it"',
    ),
    rule(
      `variables.home || ${priority}`,
      '"priority class " + variables.priority + " is not for delegates of " + variables.source + ": " + ' +
        '"spec.accept.priorityClasses of this Cluster does not name it"',
    ),
  ];
}

const specField = (field: string): string => `has(object.spec.${field}) ? object.spec.${field} : ""`;

export interface PolicyOptions {
  /** Name of the member. */
  cluster: string;
  accept: ClusterSpec['accept'];
  /** Priority classes that pods get which name none. */
  usualPriorities: string[];
}

interface Policy {
  name: string;
  /** Whose requests it judges, an expression of CEL. */
  whose: string;
  operations: string[];
  /** In the core group. */
  resource: string;
  variables?: { name: string; expression: string }[];
  validations: ReturnType<typeof rule>[];
}

/** A policy and what puts it in force. API servers have them from Kubernetes 1.30 on. */
function inForce({ name, whose, operations, resource, variables = [], validations }: Policy): Applied[] {
  const metadata = { name, labels: MANAGED_BY };
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations, resources: [resource] }];
  const spec = {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: rules },
    matchConditions: [{ name: 'whose', expression: whose }],
    variables,
    validations,
  };
  const binding = { policyName: name, validationActions: ['Deny'] };
  return [
    { apiVersion: API_VERSION, kind: 'ValidatingAdmissionPolicy', metadata, spec },
    { apiVersion: API_VERSION, kind: 'ValidatingAdmissionPolicyBinding', metadata, spec: binding },
  ];
}

const delegates = ({ cluster, accept, usualPriorities }: PolicyOptions): Policy => ({
  name: 'berth-delegates',
  whose: `request.userInfo.username.startsWith(${text(PREFIX)})`,
  operations: ['CREATE', 'UPDATE'],
  resource: 'pods',
  variables: [
    { name: 'source', expression: `request.userInfo.username.substring(${PREFIX.length})` },
    { name: 'home', expression: `variables.source == ${text(cluster)}` },
    { name: 'labels', expression: map('object', 'labels') },
    { name: 'annotations', expression: map('object', 'annotations') },
    { name: 'account', expression: specField('serviceAccountName') },
    { name: 'priority', expression: specField('priorityClassName') },
  ],
  validations: [...shape(), ...lent(accept, usualPriorities)],
});

/**
 * Copies of what delegates refer to are known by their labels and go with their delegate. They are data: controllers would
 * fill a Secret of another type with the token of any service account of the namespace.
 */
const copies = (resource: 'secrets' | 'configmaps'): Policy => ({
  name: `berth-copied-${resource}`,
  whose: `request.userInfo.username.startsWith(${text(PREFIX)})`,
  operations: ['CREATE'],
  resource,
  variables: [
    { name: 'source', expression: `request.userInfo.username.substring(${PREFIX.length})` },
    { name: 'labels', expression: map('object', 'labels') },
    { name: 'owners', expression: 'has(object.metadata.ownerReferences) ? object.metadata.ownerReferences : []' },
  ],
  validations: [
    rule(
      `${entry('variables.labels', DELEGATE.source)} == variables.source && size(variables.owners) == 1 && ` +
        'variables.owners.all(owner, owner.kind == "Pod" && owner.name.startsWith(variables.source + "-"))',
      '"what source " + variables.source + " sends along carries its label and belongs to its delegate"',
    ),
    ...(resource === 'secrets'
      ? [
          rule(
            'object.type == "Opaque"',
            '"source " + variables.source + " sends Secrets of type Opaque along, and no other"',
          ),
        ]
      : []),
  ],
});

/**
 * Whoever may create Secrets may have the controllers fill one with the token of any service account of the namespace,
 * and the webhook may read the one of this name.
 */
const certificates: Policy = {
  name: 'berth-webhook',
  whose: `request.userInfo.username == ${text(`system:serviceaccount:${SYSTEM_NAMESPACE}:${WEBHOOK_ACCOUNT}`)}`,
  operations: ['CREATE'],
  resource: 'secrets',
  validations: [
    rule(
      `object.metadata.name == ${text(TLS_SECRET)} && object.type == "kubernetes.io/tls"`,
      text('the webhook creates the Secret of its certificates, and no other'),
    ),
  ],
};

/** What RBAC cannot say of a member's identities. */
export const policyObjects = (options: PolicyOptions): Applied[] => [
  ...inForce(delegates(options)),
  ...inForce(copies('configmaps')),
  ...inForce(copies('secrets')),
  ...inForce(certificates),
];
