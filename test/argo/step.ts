/** A pod as Argo makes one for a step, and what its executor does, done by the test (argo-workflows, workflow/executor). */
import { ANNOTATION, ARGO, type Pod, type WorkflowTaskResult } from '../../api/index.ts';
import { plainPod } from '../placement/objects.ts';
import type { ClusterName, Scene } from '../placement/scene.ts';

const EXECUTOR = '/var/run/argo/argoexec';
const WORKFLOW = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Workflow',
  name: 'wf',
  uid: 'b0f1c2d3-0000-4000-8000-000000000001',
};

/** An elected step of the workflow `wf`, which runs until it is told to end. */
export function step(scene: Scene, name: string, cluster: ClusterName): Pod {
  const pod = plainPod(scene.name, name, {
    annotations: { [ANNOTATION.elect]: '', [ANNOTATION.clusterName]: cluster, [ARGO.node]: `${name}-node` },
  });
  const env = [{ name: 'ARGO_NODE_ID', value: `${name}-node` }];
  const [main] = pod.spec.containers;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { [ARGO.workflow]: WORKFLOW.name, [ARGO.completed]: 'false' },
      ownerReferences: [{ ...WORKFLOW, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      ...pod.spec,
      containers: [
        { name: 'wait', image: 'argoexec', command: ['argoexec', 'wait'], env },
        { ...main, name: 'main', command: [EXECUTOR, 'emissary', '--', 'sh', '-c', 'true'], env },
      ],
    },
  };
}

/** The executor of a delegate: it knows what its containers' environment says, and may do what its service account may. */
export function executorOf(scene: Scene, cluster: ClusterName, delegate: Pod) {
  const client = scene.clients[cluster];
  const { namespace = '' } = delegate.metadata;
  const as = `system:serviceaccount:${namespace}:${delegate.spec.serviceAccountName}`;
  const wait = delegate.spec.containers.find((container) => container.name === 'wait');
  const name = wait?.env?.find((entry) => entry.name === 'ARGO_NODE_ID')?.value ?? '';
  const patch = (body: object) =>
    client.patch<WorkflowTaskResult>('workflowtaskresults', name, body, { type: 'merge', namespace, as });
  const { name: workflow } = WORKFLOW;
  return {
    name,
    /** As its first act. */
    begin: () => {
      const labels = { [ARGO.workflow]: workflow, [ARGO.reported]: 'false' };
      const metadata = { name, namespace, labels, ownerReferences: [WORKFLOW] };
      const result = { apiVersion: WORKFLOW.apiVersion, kind: 'WorkflowTaskResult', metadata };
      return client.create<WorkflowTaskResult>('workflowtaskresults', result, { as });
    },
    report: patch,
    /** As its last. */
    complete: () => patch({ metadata: { labels: { [ARGO.reported]: 'true' } } }),
  };
}
