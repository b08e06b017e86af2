/**
 * The one kind of Argo Workflows that a step needs where it runs: what its executor reports goes into an object of it.
 * A cluster that has Argo has it; any other gets it from us, without a schema, since every version of Argo writes its own.
 */
import { apiVersionOf, type KubeObject, MANAGED_BY, RESOURCES } from '../../api/index.ts';
import { type ApiClient, isAlreadyExists, unlessMissing, waitForCrds } from '../../kube/index.ts';
import { remove } from './delete.ts';
import type { Applied } from './objects.ts';

const { group, version, kind } = RESOURCES.workflowtaskresults;
const PLURAL = 'workflowtaskresults';
const NAME = `${PLURAL}.${group}`;

const definition: Applied = {
  apiVersion: apiVersionOf('customresourcedefinitions'),
  kind: 'CustomResourceDefinition',
  metadata: { name: NAME, labels: MANAGED_BY },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind, listKind: `${kind}List`, plural: PLURAL, singular: kind.toLowerCase() },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

/** Resolves when the member knows results of Argo steps; what is there is left as it is. */
export async function installResults(member: ApiClient, signal: AbortSignal): Promise<void> {
  try {
    await member.create('customresourcedefinitions', definition, { signal });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  await waitForCrds(member, [NAME], signal);
}

/** Takes the kind away if it is ours, and no Argo has come to use it since. */
export async function removeResults(member: ApiClient, signal: AbortSignal): Promise<void> {
  const find = (name: string) => unlessMissing(member.get<KubeObject>('customresourcedefinitions', name, { signal }));
  const [ours, argo] = await Promise.all([find(NAME), find(`workflows.${group}`)]);
  const isOurs = Object.entries(MANAGED_BY).every(([key, value]) => ours?.metadata.labels?.[key] === value);
  if (isOurs && argo === undefined) await remove(member, 'customresourcedefinitions', { name: NAME }, signal);
}
