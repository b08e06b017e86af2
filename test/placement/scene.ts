import {
  DELEGATE,
  type KubeObject,
  memberNamespace,
  type NodePoolObservation,
  type Pod,
  type PodObservation,
} from '../../api/index.ts';
import type { ApiClient } from '../../kube/client.ts';
import { nodeManifest, type SimulatedNode } from '../cluster/simulated.ts';
import { waitUntil } from '../cluster/wait.ts';
import { electedPod, type PodOptions, plainPod, SCENE } from './objects.ts';

export type ClusterName = 'cluster1' | 'cluster2';
export const CLUSTERS: readonly ClusterName[] = ['cluster1', 'cluster2'];

/** Where a pod that was elected runs. */
export type Berthed = { readonly cluster: ClusterName; readonly node: string };

interface KubeEvent extends KubeObject {
  involvedObject: { uid?: string };
  reason: string;
  message: string;
}

const LIMIT = 20_000;
const within = (what: string) => ({ what, timeout: LIMIT, interval: 50 });

/**
 * A namespace in both clusters and nodes that only its pods select, so that scenes do not disturb each other on one
 * fleet. Proxies are made in cluster1, which is also the hub.
 */
export class Scene {
  readonly name: string;
  readonly clients: Readonly<Record<ClusterName, ApiClient>>;

  constructor(name: string, clients: Record<ClusterName, ApiClient>) {
    this.name = name;
    this.clients = clients;
  }

  /** Makes the scene's namespace in a cluster, and waits until pods can be created there. */
  async open(cluster: ClusterName): Promise<void> {
    const client = this.clients[cluster];
    await client.create('namespaces', { metadata: { name: this.name } });
    const ready = async () => (await client.get('serviceaccounts', 'default', { namespace: this.name })) !== undefined;
    await waitUntil(ready, within(`pods can be created in ${this.name} of ${cluster}`));
  }

  /** Adds a node for this scene's pods and waits until the hub knows that it is ready. */
  async addNode(cluster: ClusterName, { name, ...node }: SimulatedNode): Promise<string> {
    const full = `${this.name}-${name}`;
    await this.clients[cluster].create(
      'nodes',
      nodeManifest({ ...node, name: full, labels: { [SCENE]: this.name, ...node.labels } }),
    );
    await this.knows(cluster, full, { cordoned: false });
    return full;
  }

  /** Waits until the hub knows a node as ready, without the taint of a node that is new, and as cordoned or not. */
  async knows(cluster: ClusterName, node: string, { cordoned }: { cordoned: boolean }): Promise<void> {
    const namespace = memberNamespace(cluster);
    const known = async () => {
      const pools = await this.clients.cluster1.list<NodePoolObservation>('nodepoolobservations', { namespace });
      const shapes = pools.items.flatMap(({ spec }) => spec.shapes.filter(({ taints }) => !taints?.some(isOfNewNode)));
      const nodes = shapes.flatMap((shape) => shape.nodes);
      return nodes.some((seen) => seen.name === node && seen.ready && (seen.cordoned ?? false) === cordoned);
    };
    await waitUntil(known, within(`the hub knows node ${node}`));
  }

  /** Creates what Berth has no name for, by its path. */
  async post(cluster: ClusterName, path: string, body: object): Promise<void> {
    await this.clients[cluster].raw('POST', path, { body });
  }

  /** Waits until a cluster refuses this scene's pods with a message that has this text in it. */
  async refuses(cluster: ClusterName, text: string): Promise<void> {
    const path = `/api/v1/namespaces/${this.name}/pods?dryRun=All`;
    const refused = () =>
      this.post(cluster, path, plainPod(this.name, 'probe')).then(
        () => false,
        (error: unknown) => String(error).includes(text),
      );
    await waitUntil(refused, within(`${cluster} refuses pods: ${text}`));
  }

  /** Waits until a plain pod of this scene runs on that node. */
  async isOnNode(cluster: ClusterName, name: string, node: string): Promise<void> {
    const runs = async () => {
      const { spec, status } = await this.clients[cluster].get<Pod>('pods', name, { namespace: this.name });
      return spec.nodeName === node && status?.phase === 'Running';
    };
    await waitUntil(runs, within(`${name} runs on ${node}`));
  }

  /** Creates a pod in cluster1 that asks to be elected, and returns its proxy. */
  elect(name: string, options: PodOptions = {}): Promise<Pod> {
    return this.clients.cluster1.create<Pod>('pods', electedPod(this.name, name, options));
  }

  proxy(name: string): Promise<Pod> {
    return this.clients.cluster1.get<Pod>('pods', name, { namespace: this.name });
  }

  /** All delegates of a proxy, by cluster. */
  async delegates({ metadata: { uid } }: Pod): Promise<{ cluster: ClusterName; pod: Pod }[]> {
    const namespace = this.name;
    const found = await Promise.all(
      CLUSTERS.map(async (cluster) => {
        const { items } = await this.clients[cluster].list<Pod>('pods', { namespace });
        return items
          .filter((pod) => pod.metadata.annotations?.[DELEGATE.proxyUid] === uid)
          .map((pod) => ({ cluster, pod }));
      }),
    );
    return found.flat();
  }

  /** Waits until the proxy and its one delegate run, and tells where. */
  async berthOf(name: string): Promise<Berthed> {
    let berth: Berthed | undefined;
    const runs = async () => {
      const proxy = await this.proxy(name);
      const delegates = await this.delegates(proxy);
      const [only] = delegates;
      if (proxy.status?.phase !== 'Running' || only === undefined || delegates.length > 1) {
        throw new Error(`${delegates.length} delegates; proxy ${JSON.stringify(proxy.status?.conditions)}`);
      }
      berth = { cluster: only.cluster, node: only.pod.spec.nodeName ?? '' };
      return true;
    };
    await waitUntil(runs, within(`${name} and one delegate run`));
    if (berth === undefined) throw new Error(`${name} has no berth`);
    return berth;
  }

  /** Waits until the proxy is told unschedulable in words that have all these texts in them. */
  async waits(name: string, ...texts: string[]): Promise<void> {
    const told = async () => {
      const { status } = await this.proxy(name);
      const condition = status?.conditions?.find(({ type }) => type === 'PodScheduled');
      const missing = texts.filter((text) => !condition?.message?.includes(text));
      if (condition?.status === 'False' && condition.reason === 'Unschedulable' && missing.length === 0) return true;
      throw new Error(`PodScheduled is ${JSON.stringify(condition)}, without ${JSON.stringify(missing)}`);
    };
    await waitUntil(told, within(`${name} says why it waits`));
  }

  /** Waits until the hub no longer says of a pod that waited that it does. */
  async isDecided(name: string): Promise<void> {
    const { uid = '' } = (await this.proxy(name)).metadata;
    const namespace = memberNamespace('cluster1');
    const decided = async () => {
      const { status } = await this.clients.cluster1.get<PodObservation>('podobservations', uid, { namespace });
      return status?.conditions?.some(({ type, status }) => type === 'Decided' && status === 'True') ?? false;
    };
    await waitUntil(decided, within(`the observation of ${name} says that it is decided`));
  }

  /** Waits for an Event on the proxy whose message has all these texts in it. */
  async isTold(name: string, ...texts: string[]): Promise<void> {
    const { uid } = (await this.proxy(name)).metadata;
    const told = async () => {
      const fieldSelector = `involvedObject.uid=${uid}`;
      const events = await this.clients.cluster1.list<KubeEvent>('events', { namespace: this.name, fieldSelector });
      const messages = events.items.map(({ reason, message }) => `${reason}: ${message}`);
      if (messages.some((message) => texts.every((text) => message.includes(text)))) return true;
      throw new Error(`events are ${JSON.stringify(messages)}`);
    };
    await waitUntil(told, within(`an Event on ${name} says ${JSON.stringify(texts)}`));
  }
}

const isOfNewNode = ({ key }: { key: string }): boolean => key === 'node.kubernetes.io/not-ready';
