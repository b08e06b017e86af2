/** What a member cluster holds for its webhook: an identity with the least rights, and the configuration to fill in. */
import { MANAGED_BY, SYSTEM_NAMESPACE } from '../../api/index.ts';
import { TLS_SECRET } from '../../certs/reconciler.ts';
import { webhookConfigurationName } from '../../webhook/main.ts';
import {
  type Applied,
  boundRole,
  clusterRole,
  clusterRoleBinding,
  type Right,
  rule,
  type Subject,
  serviceAccount,
} from './objects.ts';

export const WEBHOOK_ACCOUNT = 'webhook';
const WEBHOOK: Subject = { kind: 'ServiceAccount', namespace: SYSTEM_NAMESPACE, name: WEBHOOK_ACCOUNT };
const ROLE = 'berth-webhook';
const ADMISSION = 'admissionregistration.k8s.io';

/** In our namespace. */
export const CERTIFICATE_RIGHTS: Right[] = [
  {
    why: 'shares its certificates with other processes, and brings them back when they are deleted',
    // A create has no name yet that a rule could ask for.
    rules: [rule('', ['secrets'], ['create']), rule('', ['secrets'], ['get', 'update'], [TLS_SECRET])],
  },
];

/** Whoever may create configurations could judge every request, so the installer makes this one. */
export const configurationRights = (cluster: string): Right[] => [
  {
    why: 'tells the API server of its address and its authorities',
    rules: [rule(ADMISSION, ['mutatingwebhookconfigurations'], ['get', 'patch'], [webhookConfigurationName(cluster)])],
  },
];

/** The configuration names no webhook until one runs. */
export const webhookObjects = (cluster: string): Applied[] => [
  serviceAccount(SYSTEM_NAMESPACE, WEBHOOK_ACCOUNT),
  ...boundRole(SYSTEM_NAMESPACE, ROLE, CERTIFICATE_RIGHTS, [WEBHOOK]),
  clusterRole(ROLE, configurationRights(cluster)),
  clusterRoleBinding(ROLE, ROLE, [WEBHOOK]),
  {
    apiVersion: `${ADMISSION}/v1`,
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: webhookConfigurationName(cluster), labels: MANAGED_BY },
    webhooks: [],
  },
];
