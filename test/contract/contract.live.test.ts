/** What Argo needs of Berth, where there is no Argo: its controller and its executor are played, from recordings. */
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type ExpectStatic } from 'vitest';
import { ARGO, isTerminal, type KubeObject } from '../../api/index.ts';
import { ensureBinaries, pathOf } from '../cluster/binaries.ts';
import { readEnv } from '../cluster/env.ts';
import { type Fleet, type Journey, test as journeyTest } from '../journeys/fleet.ts';
import { eventually, forgotten, podsIn } from '../journeys/steps.ts';
import { installKinds, loadExecutor } from '../workflows/argo.ts';
import type { Recording } from './recording.ts';
import { replay } from './replay.ts';
import { lastOf, type Sighting } from './sightings.ts';
import type { State } from './states.ts';

const RECORDED = join(import.meta.dirname, 'recorded');
const STORIES = readdirSync(RECORDED, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length));
const read = (name: string) => JSON.parse(readFileSync(join(RECORDED, `${name}.json`), 'utf8')) as Recording;

const env = readEnv();

const test = journeyTest
  .extend('stage', { scope: 'file' }, async ({ running }) => {
    if (running.fleet === undefined) return running;
    const { cluster1, cluster2 } = running.fleet.sites;
    // Where Argo's kinds are known, a garbage collector looks after what its workflows own.
    await Promise.all([cluster1, cluster2].map((site) => installKinds(site, AbortSignal.timeout(60_000))));
    const kubectl = pathOf(await ensureBinaries(['kubectl'], { env, log: console.log }), 'kubectl');
    const files = [
      { name: 'bin/argoexec', content: await readFile(join(import.meta.dirname, 'executor.sh')) },
      { name: 'bin/kubectl', content: await readFile(kubectl) },
    ];
    await loadExecutor(
      files.map((file) => ({ ...file, kind: 'file' })),
      [cluster2],
      env.processEnv,
    );
    return running;
  })
  .extend('journey', async ({ stage, begin, skip }) => (stage.fleet === undefined ? skip(stage.why) : begin()));

/** The pods that were made, with the names of what they report. */
function stepsOf({ steps }: Recording): { pod: string; result: string }[] {
  const made = new Map<string, number>();
  return steps.flatMap(({ verb, uri, body }) => {
    if (verb !== 'create' || !uri.endsWith('/pods')) return [];
    const { metadata } = body as KubeObject;
    const count = (made.get(metadata.name) ?? 0) + 1;
    made.set(metadata.name, count);
    const pod = `pod ${metadata.name}${count === 1 ? '' : `#${count}`}`;
    return [{ pod, result: `result ${metadata.annotations?.[ARGO.node]}` }];
  });
}

/** What was at home when a pod ended: undefined if it did not, or was deleted before. */
function atHome(all: readonly Sighting[], { pod, result }: { pod: string; result: string }): State | undefined {
  const ended = all.find(({ key, state }) => key === pod && ENDS.includes(String(state['phase'])));
  if (ended === undefined || ended.state['deleting'] === true) return undefined;
  const before = all.filter(({ key, version }) => key === result && version < ended.version);
  return before.at(-1)?.state ?? {};
}

/** Milliseconds: what an executor still writes while it is killed is removed a minute later. */
const LATE = 90_000;

const ENDS = ['Succeeded', 'Failed'];

async function leavesNothing(journey: Journey): Promise<void> {
  await forgotten(journey, 60_000);
  const { source, target, namespace } = journey;
  const look = async () => {
    const sites = [source, target];
    const pods = await Promise.all(sites.map((site) => podsIn(journey, site)));
    const results = await Promise.all(sites.map(({ api }) => api.list('workflowtaskresults', { namespace })));
    const left = [...pods.flat(), ...results.flatMap(({ items }) => items)].map(({ metadata }) => metadata.name);
    if (left.length > 0) throw new Error(`there is still ${left.join(', ')}`);
    return true;
  };
  await eventually('no pod and no result is left', look, LATE);
}

/** No longer there from when the executor has begun to report until the step has ended. */
async function away(journey: Journey, { kill, start }: Fleet): Promise<void> {
  const { target, namespace } = journey;
  await eventually('the executor has begun to report', async () => {
    const { items } = await target.api.list('workflowtaskresults', { namespace });
    return items.length > 0 ? true : undefined;
  });
  await kill();
  await eventually('the step has ended', async () => {
    const pods = await podsIn(journey, target);
    return pods.every(({ status }) => isTerminal(status)) ? true : undefined;
  });
  await start();
}

/** Whatever was told when a pod ended was all there is to be told. */
function expectToldBefore(all: readonly Sighting[], recording: Recording, expect: ExpectStatic): void {
  for (const step of stepsOf(recording)) {
    const told = atHome(all, step);
    const { gone: _, ...wanted } = recording.end[step.result] ?? {};
    if (told !== undefined) expect(told).toEqual(wanted);
  }
}

describe.concurrent('what a real Argo asked for ends as it did then', () => {
  test.for(STORIES)('%s', async (name, { journey, expect }) => {
    const recording = read(name);
    const all = await replay(journey, recording);
    // Results are not recorded where a garbage collector took them, when it liked.
    const ends = Object.entries(lastOf(all)).filter(([key]) => key.startsWith('pod ') || key in recording.end);
    expect(Object.fromEntries(ends)).toEqual(recording.end);
    expectToldBefore(all, recording, expect);
    const options = ['--ignore-not-found', '--wait=false'];
    const { name: workflow } = recording.workflow.metadata;
    await journey.source.kubectl(['delete', 'workflow', workflow, '-n', journey.namespace, ...options]);
    await leavesNothing(journey);
  });
});

describe('what happened while Berth was away', () => {
  test('is told in the order that Argo needs', async ({ journey, fleet, expect }) => {
    const recording = read('4.1.2/slow');
    const [all] = await Promise.all([replay(journey, recording), away(journey, fleet)]);
    expectToldBefore(all, recording, expect);
  });
});
