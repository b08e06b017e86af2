/** `berth explain POD`: why a pod is where it is, or why it waits. */
import { describe, REASONS, type ReasonName, UserError } from '../api/index.ts';
import { type Fleet, place, requestOf, snapshotOf } from '../scheduler/place/index.ts';
import { withHub } from './connect.ts';
import { readFleet } from './status.ts';
import { type Story, stories } from './story.ts';

export interface ExplainOptions {
  hub: string;
  namespace: string;
  /** Source cluster; any if left out. */
  member?: string;
  output?: 'json';
}

interface Explanation extends Story {
  /** Why not, cluster by cluster, with what to do; of a waiting pod only. */
  clusters: { name: string; reason: ReasonName; message: string; todo: string }[];
}

/** Throws PodNotFound if the hub knows no such proxy: not elected, not there, or another namespace. */
export const explain = (pod: string, options: ExplainOptions): Promise<string> =>
  withHub(options.hub, async (hub) => {
    const fleet = await readFleet(hub);
    const found = stories(fleet)
      .filter(
        ({ name, namespace, source }) => name === pod && namespace === options.namespace && isFrom(source, options),
      )
      .map((story) => ({ ...story, ...whyNot(story, fleet) }));
    if (found.length === 0) {
      throw new UserError('PodNotFound', `the hub knows no proxy ${options.namespace}/${pod}; was it annotated?`);
    }
    return options.output === 'json' ? JSON.stringify(found) : found.map(print).join('\n\n');
  });

/** Placement as the scheduler would do it now, on what the hub says now. */
function whyNot(story: Story, fleet: Fleet): Pick<Explanation, 'clusters' | 'message'> {
  const observation = fleet.observations.find(({ metadata }) => metadata.name === story.uid);
  if (story.state !== 'Waiting' || observation === undefined) return { clusters: [] };
  const decision = fleet.decisions.find(({ metadata }) => metadata.name === story.uid);
  const placement = place(
    requestOf(story.source, observation.spec),
    snapshotOf(fleet),
    decision?.spec.passedOver ?? [],
  );
  if (placement.fits) return { clusters: [], message: `fits into ${placement.target} now; the decision is on its way` };
  return { clusters: placement.clusters.map((cluster) => ({ ...cluster, todo: REASONS[cluster.reason].todo })) };
}

const isFrom = (source: string, { member }: ExplainOptions): boolean => member === undefined || member === source;

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
  for (const { name, reason, message, todo } of story.clusters) {
    lines.push(`  ${name}: ${describe({ reason, message })}`, `      ${todo}`);
  }
  return lines.join('\n');
}
