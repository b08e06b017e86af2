/**
 * What the hub has of our observations: read once, then known from our own writes, and read again now and then.
 * For one user at a time.
 */
import { type Action, memberNamespace, type NodePoolObservation } from '../../api/index.ts';
import type { ApiClient, Runner } from '../../kube/index.ts';

/** By pool. */
export type Told = ReadonlyMap<string, NodePoolObservation>;

export interface HubSideOptions {
  cluster: string;
  hub: ApiClient;
  act: Runner;
  now: () => number;
  /** How long observations that somebody else removed or changed may stay so. */
  rereadMs: number;
}

export class HubSide {
  readonly #options: HubSideOptions;
  #told: Map<string, NodePoolObservation> | undefined;
  #readAt = 0;

  constructor(options: HubSideOptions) {
    this.#options = options;
  }

  async read(signal: AbortSignal): Promise<Told> {
    const { now, rereadMs } = this.#options;
    if (this.#told === undefined || now() - this.#readAt >= rereadMs) {
      this.#told = await this.#list(signal);
      this.#readAt = now();
    }
    return this.#told;
  }

  /** Carries out the one action about a pool's observation; `before` is what `read` gave of it. */
  async write(action: Action, before: NodePoolObservation | undefined, signal: AbortSignal): Promise<void> {
    const told = this.#told;
    this.#told = undefined; // until we know that it worked; also after creates, whose UIDs only a list tells
    await this.#options.act([action], signal);
    if (action.do !== 'patch' || before === undefined) return;
    const { spec } = action.body as Pick<NodePoolObservation, 'spec'>;
    this.#told = told?.set(before.metadata.name, { ...before, spec });
  }

  async #list(signal: AbortSignal): Promise<Map<string, NodePoolObservation>> {
    const { hub, cluster } = this.#options;
    const namespace = memberNamespace(cluster);
    const { items } = await hub.list<NodePoolObservation>('nodepoolobservations', { namespace, signal });
    return new Map(items.map((item) => [item.metadata.name, item]));
  }
}
