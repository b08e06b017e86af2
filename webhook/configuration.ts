/** The MutatingWebhookConfiguration that sends elected pods of a source here. */
import { ANNOTATION, type KubeObject, SYSTEM_NAMESPACE } from '../api/index.ts';

/** API server components wait for these namespaces, or live in them: nothing there may depend on us. */
const SPARED_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease', SYSTEM_NAMESPACE];

/** Base URL of the webhook and base64 of the PEM of the authority that its certificate is checked against. */
export interface WebhookAddress {
  url: string;
  caBundle: string;
}

/**
 * Configurations are called in the order of their names: `zz-` lets injectors of others come first, so that what they
 * add is part of the manifest.
 */
export const webhookConfigurationName = (cluster: string): string => `zz-berth-${cluster}`;

/** The configuration for a source cluster. The API server itself tells elected pods from others: others cost no call. */
export function webhookConfiguration(cluster: string, { url, caBundle }: WebhookAddress): KubeObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: webhookConfigurationName(cluster) },
    ...{ webhooks: [webhook(`${url}/mutate/${cluster}`, caBundle)] },
  };
}

const webhook = (url: string, caBundle: string) => ({
  name: 'zz.proxy.multicluster.admiralty.io',
  admissionReviewVersions: ['v1'],
  clientConfig: { url, caBundle },
  rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], scope: 'Namespaced' }],
  namespaceSelector: {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: SPARED_NAMESPACES }],
  },
  matchConditions: [
    {
      // Without has() first, every pod without annotations would be refused: "no such key: annotations".
      name: 'elected',
      expression: `has(object.metadata.annotations) && '${ANNOTATION.elect}' in object.metadata.annotations`,
    },
    // Namespaces of members and pairs, which a selector of labels cannot say by prefix.
    { name: 'not-ours', expression: "!request.namespace.startsWith('berth-')" },
  ],
  matchPolicy: 'Equivalent',
  failurePolicy: 'Fail',
  reinvocationPolicy: 'Never',
  sideEffects: 'None',
  timeoutSeconds: 10,
});
