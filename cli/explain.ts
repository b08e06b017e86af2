/** `berth explain POD`: why a pod is where it is, or why it waits. */
import { describe, REASONS, type ReasonName, UserError } from '../api/index.ts';
import { withHub } from './connect.ts';
import { listClusters, readHubPods } from './status.ts';
import { type Story, stories } from './story.ts';

export interface ExplainOptions {
  hub: string;
  namespace: string;
  /** Source cluster; any if left out. */
  member?: string;
  output?: 'json';
}

interface Explanation extends Story {
  /** Why not, cluster by cluster, with what to do. */
  clusters: { name: string; reason: string; message: string; todo?: string }[];
}

/** Throws PodNotFound if the hub knows no such proxy: not elected, not there, or another namespace. */
export const explain = (pod: string, options: ExplainOptions): Promise<string> =>
  withHub(options.hub, async (hub) => {
    await listClusters(hub);
    const pods = await readHubPods(hub);
    const found = stories(pods)
      .filter(
        ({ name, namespace, source }) => name === pod && namespace === options.namespace && isFrom(source, options),
      )
      .map((story): Explanation => {
        const observation = pods.observations.find(({ metadata }) => metadata.name === story.uid);
        const clusters = story.state === 'Waiting' ? (observation?.status?.clusters ?? []) : [];
        return { ...story, clusters: clusters.map((cluster) => ({ ...cluster, ...todo(cluster.reason) })) };
      });
    if (found.length === 0) {
      throw new UserError('PodNotFound', `the hub knows no proxy ${options.namespace}/${pod}; was it annotated?`);
    }
    return options.output === 'json' ? JSON.stringify(found) : found.map(print).join('\n\n');
  });

const isFrom = (source: string, { member }: ExplainOptions): boolean => member === undefined || member === source;

const todo = (reason: string): { todo?: string } =>
  reason in REASONS ? { todo: REASONS[reason as ReasonName].todo } : {};

const HEADLINE: Record<Story['state'], (story: Story) => string> = {
  Waiting: () => 'waits for room',
  Decided: ({ target }) => `goes to ${target}`,
  Starting: ({ target, node }) => `starts in ${target}${node === undefined ? '' : ` on ${node}`}`,
  Running: ({ target, node }) => `runs in ${target} on ${node}`,
  Succeeded: ({ target }) => `has succeeded in ${target}`,
  Failed: ({ target }) => `has failed in ${target}`,
  Refused: ({ target }) => `was refused by ${target}; the next attempt is being decided`,
  Ending: ({ target }) => `is being removed from ${target}`,
};

function print(story: Explanation): string {
  const lines = [`${story.source}/${story.namespace}/${story.name} ${HEADLINE[story.state](story)}`];
  if (story.delegate !== undefined) lines.push(`  delegate  ${story.delegate} (attempt ${story.attempt})`);
  if (story.message !== undefined) lines.push(`  message   ${story.message}`);
  for (const { reason, message, todo: advice } of story.clusters) {
    lines.push(`  ${reason in REASONS ? describe({ reason: reason as ReasonName, message }) : message}`);
    if (advice !== undefined) lines.push(`      ${advice}`);
  }
  return lines.join('\n');
}
