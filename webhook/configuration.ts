/** The MutatingWebhookConfiguration that sends elected pods of a source here, and results of delegates in a target. */
import {
  ANNOTATION,
  CLUSTER_NAMESPACES,
  type KubeObject,
  PROXY_SCHEDULER,
  RESULT_PREFIX,
  SYSTEM_NAMESPACE,
} from '../api/index.ts';
import { type ApiClient, isNotFound } from '../kube/index.ts';

/** Nothing there may depend on us. */
const SPARED_NAMESPACES = [...CLUSTER_NAMESPACES, SYSTEM_NAMESPACE];

/** Not the installer's: what it applies again must not take our webhook out of the configuration. */
const FIELD_MANAGER = 'berth-webhook';

/** How API servers reach the webhook: `https://host:port`, and base64 of the PEMs of the authorities to trust. */
export interface WebhookAddress {
  url: string;
  caBundle: string;
}

interface ClientConfig {
  url?: string;
  service?: { name: string; namespace: string; port: number; path: string };
  caBundle: string;
}

interface Configuration extends KubeObject {
  webhooks?: { name: string; clientConfig: ClientConfig }[];
}

/**
 * Configurations are called in the order of their names: `zz-` lets injectors of others come first, so that what they
 * add is part of the manifest.
 */
export const webhookConfigurationName = (cluster: string): string => `zz-berth-${cluster}`;

const PROXIES = 'zz.proxy.multicluster.admiralty.io';
const RESULTS = 'zz.task-result.multicluster.admiralty.io';

/**
 * The configuration for a source cluster. The API server itself tells elected pods, and those that pretend to be proxies,
 * from others: others cost no call.
 */
export const webhookConfiguration = (cluster: string, address: WebhookAddress): Configuration => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: webhookConfigurationName(cluster) },
  webhooks: [proxies(clientConfig(cluster, address)), results(clientConfig(cluster, address))],
});

/** API servers do not ask the cluster's DNS: a Service is told as such. */
function clientConfig(cluster: string, { url, caBundle }: WebhookAddress): ClientConfig {
  const path = `/mutate/${cluster}`;
  const { hostname, port } = new URL(url);
  const [, name, namespace] = /^([^.]+)\.([^.]+)\.svc$/.exec(hostname) ?? [];
  if (name === undefined || namespace === undefined) return { url: `${url}${path}`, caBundle };
  return { service: { name, namespace, port: Number(port || 443), path }, caBundle };
}

const webhook = (name: string, config: ClientConfig) => ({
  name,
  admissionReviewVersions: ['v1'],
  clientConfig: config,
  matchPolicy: 'Equivalent',
  failurePolicy: 'Fail',
  reinvocationPolicy: 'Never',
  sideEffects: 'None',
  timeoutSeconds: 10,
});

const proxies = (config: ClientConfig) => ({
  ...webhook(PROXIES, config),
  rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], scope: 'Namespaced' }],
  namespaceSelector: {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: SPARED_NAMESPACES }],
  },
  matchConditions: [
    {
      // Without has() first, every pod without annotations would be refused: "no such key: annotations".
      name: 'elected-or-forged',
      expression: `has(object.metadata.annotations) && (${[ANNOTATION.elect, ANNOTATION.manifest]
        .map((annotation) => `'${annotation}' in object.metadata.annotations`)
        .join(' || ')}) || has(object.spec.schedulerName) && object.spec.schedulerName == '${PROXY_SCHEDULER}'`,
    },
    // Namespaces of members and pairs, which a selector of labels cannot say by prefix.
    { name: 'not-ours', expression: "!request.namespace.startsWith('berth-')" },
  ],
});

/** Where no Argo is, and so no such kind, it matches nothing. */
const results = (config: ClientConfig) => ({
  ...webhook(RESULTS, config),
  rules: [
    {
      operations: ['CREATE'],
      apiGroups: ['argoproj.io'],
      apiVersions: ['*'],
      resources: ['workflowtaskresults'],
      scope: 'Namespaced',
    },
  ],
  matchConditions: [{ name: 'of-a-delegate', expression: `object.metadata.name.startsWith('${RESULT_PREFIX}')` }],
});

/**
 * Writes address and authorities into the configuration that the installer made (`webhooks: []` at first), if they are
 * not what it says. Resolves to false if there is no configuration: this identity cannot make one, since a right to
 * create cannot be limited to a name.
 */
export async function publish(
  client: ApiClient,
  cluster: string,
  address: WebhookAddress,
  signal: AbortSignal,
): Promise<boolean> {
  const name = webhookConfigurationName(cluster);
  try {
    const found = await client.get<Configuration>('mutatingwebhookconfigurations', name, { signal });
    const wanted = clientConfig(cluster, address);
    const present = (name: string) => found.webhooks?.find((one) => one.name === name)?.clientConfig;
    if ([PROXIES, RESULTS].every((name) => isSame(present(name), wanted))) return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
  const options = { type: 'apply', fieldManager: FIELD_MANAGER, force: true, signal } as const;
  await client.patch('mutatingwebhookconfigurations', name, webhookConfiguration(cluster, address), options);
  return true;
}

const isSame = (present: ClientConfig | undefined, wanted: ClientConfig): boolean =>
  present?.caBundle === wanted.caBundle &&
  present.url === wanted.url &&
  present.service?.name === wanted.service?.name &&
  present.service?.namespace === wanted.service?.namespace &&
  present.service?.port === wanted.service?.port;
