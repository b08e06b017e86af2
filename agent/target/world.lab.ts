import {
  type Action,
  type Cluster,
  type ConfigMap,
  type KubeEvent,
  type Pod,
  type PodDelegation,
  type PodStatus,
  resultOwner,
  type Secret,
  type WorkflowTaskResult,
} from '../../api/index.ts';
import { ActionError, Store } from '../../kube/index.ts';
import { delegation } from './delegation.samples.ts';

/** A cluster and a hub that do at once what the runner is told to do. */
export class World {
  readonly pods = new Store<Pod>({ indexers: { proxyUid: byProxyUid } });
  readonly events = new Store<KubeEvent>({ indexers: { about: ({ involvedObject }) => [involvedObject.uid ?? ''] } });
  readonly results = new Store<WorkflowTaskResult>({
    indexers: { reporter: ({ metadata }) => [resultOwner(metadata.name)?.uid ?? ''] },
  });
  readonly delegations = new Store<PodDelegation>();
  readonly self = new Store<Cluster>();
  readonly claims = new Store<ConfigMap>();
  readonly done: string[] = [];
  readonly errors: string[] = [];
  /** Thrown in place of the next actions of that name. */
  readonly #failures = new Map<string, unknown[]>();
  /** Pods that the API server has and the store does not. */
  readonly hidden = new Map<string, Pod>();
  /** The same of a result. */
  hiddenResult?: WorkflowTaskResult;
  /** What the source has put on the hub for the delegate. */
  bundle?: Secret;
  /** What the API server was asked for. */
  readonly asked: string[] = [];
  #version = 100;

  readonly act = async (actions: readonly Action[]): Promise<void> => {
    for (const [index, action] of actions.entries()) {
      const name = `${action.do} ${action.do === 'bind' ? 'pods' : action.resource}`;
      const failure = this.#failures.get(name)?.shift();
      if (failure !== undefined) throw new ActionError(action, index, failure);
      this.done.push(name);
      this.#apply(action);
    }
  };

  fail(name: string, ...failures: unknown[]): void {
    this.#failures.set(name, failures);
  }

  failuresLeft = (name: string): number => this.#failures.get(name)?.length ?? 0;

  #apply(action: Action): void {
    const resourceVersion = String(++this.#version);
    if (action.do === 'create' && action.resource === 'pods') {
      const pod = action.object as Pod;
      this.pods.observe({ ...pod, metadata: { ...pod.metadata, uid: 'delegate-uid', resourceVersion } });
    } else if (action.do === 'delete' && action.resource === 'pods') {
      this.pods.forget(`${action.namespace}/${action.name}`, action.uid);
    } else if (action.do === 'delete' && action.resource === 'workflowtaskresults') {
      this.results.forget(`${action.namespace}/${action.name}`, action.uid);
    } else if (action.do === 'delete') {
      this.delegations.forget(`${action.namespace}/${action.name}`, action.uid);
    } else if (action.do === 'patch' && action.at === 'hub') {
      const old = this.delegation();
      const { status } = action.body as { status: PodDelegation['status'] };
      const metadata = { ...delegation().metadata, resourceVersion };
      if (old) this.delegations.observe({ ...old, metadata, status: { ...old.status, ...status } });
    }
  }

  delegation = (): PodDelegation | undefined => [...this.delegations.values()][0];
  delegate = (): Pod | undefined => [...this.pods.values()][0];

  /** The delegate as the target's kubelet shows it. */
  show(status: PodStatus, nodeName = 'n1'): void {
    const pod = this.delegate();
    if (pod === undefined) throw new Error('no delegate');
    const metadata = { ...pod.metadata, resourceVersion: String(++this.#version) };
    this.pods.observe({ ...pod, metadata, spec: { ...pod.spec, nodeName }, status });
  }

  want(spec: Partial<PodDelegation['spec']>, status = this.delegation()?.status): void {
    this.delegations.observe(delegation({ spec, version: String(++this.#version), ...(status && { status }) }));
  }
}

function byProxyUid(pod: Pod): string[] {
  return [pod.metadata.annotations?.['delegate.multicluster.admiralty.io/proxy-uid'] ?? ''];
}
