import { inject } from 'vitest';
import { GROUP, type Pod } from '../../api/index.ts';
import { classify } from '../bench/writes.ts';
import { readWrites } from '../cluster/audit.ts';
import { CLUSTERS, type Scene } from './scene.ts';

/** What our components wrote for this proxy since a time (milliseconds since 1970), well or not: `patch podsstatus`. */
export async function writesSince(scene: Scene, { metadata: { uid } }: Pod, since: number): Promise<string[]> {
  const logs = await Promise.all(CLUSTERS.map((cluster) => readWrites(inject('placement')[cluster].auditLog)));
  const { forPods, failed } = classify(logs.flat(), since, Number.POSITIVE_INFINITY);
  return [...forPods, ...failed]
    .filter(({ namespace, name }) => namespace === scene.name || name === uid)
    .map(({ verb, resource, subresource }) => `${verb} ${resource.replace(`.${GROUP}`, '')}${subresource}`)
    .sort();
}
