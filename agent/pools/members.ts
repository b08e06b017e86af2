/** Which nodes are in which pool, kept up to date change by change. */
import type { Node, NodePoolObservationSpec } from '../../api/index.ts';
import { poolOf, poolSpec } from './shapes.ts';
import type { Usage } from './usage.ts';

export class Members {
  readonly #pools = new Map<string, Map<string, Node>>();
  readonly #poolOfNode = new Map<string, string>();

  has(pool: string): boolean {
    return this.#pools.has(pool);
  }

  /** What the hub should hear of a pool; undefined if it has no nodes. */
  specOf(pool: string, usage: Usage): NodePoolObservationSpec | undefined {
    const nodes = this.#pools.get(pool);
    return nodes && poolSpec(nodes.values(), (node) => usage.on(node));
  }

  /** The pool of a node; undefined for virtual nodes and for those that are not there. */
  poolOf(node: string): string | undefined {
    return this.#poolOfNode.get(node);
  }

  /** Accounts for one change of a node; returns the pools that it changes. */
  apply(old: Node | undefined, now: Node | undefined): string[] {
    const changed = new Set<string>();
    const before = old && this.#poolOfNode.get(old.metadata.name);
    if (old !== undefined && before !== undefined) {
      this.#poolOfNode.delete(old.metadata.name);
      const nodes = this.#pools.get(before);
      nodes?.delete(old.metadata.name);
      if (nodes?.size === 0) this.#pools.delete(before);
      changed.add(before);
    }
    const after = now && poolOf(now);
    if (now !== undefined && after !== undefined) {
      this.#poolOfNode.set(now.metadata.name, after);
      const nodes = this.#pools.get(after) ?? new Map<string, Node>();
      this.#pools.set(after, nodes.set(now.metadata.name, now));
      changed.add(after);
    }
    return [...changed];
  }
}
