/** Writes `recorded/VERSION/STORY.json` anew, from what a real Argo's controller does. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { ANNOTATION } from '../../api/index.ts';
import { auditLogFile } from '../cluster/control-plane.ts';
import { readEnv } from '../cluster/env.ts';
import type { Journey } from '../journeys/fleet.ts';
import { eventually } from '../journeys/steps.ts';
import { endOf, submitSpec, test, workflowOf } from '../workflows/workflow.ts';
import { fileOf, namesOf, type Recording, stepsOf, withPlaceholders } from './recording.ts';
import { parseRequest, type Request } from './requests.ts';
import { lastOf, observe, type Sightings } from './sightings.ts';
import { reached, type States } from './states.ts';
import { STORIES, type Story } from './stories.ts';

const podMetadata = { annotations: { [ANNOTATION.elect]: '', [ANNOTATION.clusterName]: 'cluster2' } };

async function perform(journey: Journey, { acts = [] }: Story, sightings: Sightings): Promise<void> {
  for (const { when, act } of acts) {
    const key = await eventually(`a pod is ${JSON.stringify(when)}`, async () => {
      const states = Object.entries(lastOf(sightings.all()));
      return states.find(([known, state]) => known.startsWith('pod ') && reached(state, when))?.[0];
    });
    await act(journey, key.slice('pod '.length));
  }
}

async function requestsIn({ source, namespace }: Journey): Promise<Request[]> {
  const lines = (await readFile(auditLogFile(source.folder), 'utf8')).split('\n').slice(0, -1);
  return lines.flatMap((line) => parseRequest(line, namespace) ?? []);
}

/** Waits until nothing has happened for eight seconds: for five Argo waits before it removes a pod. */
async function quiet(sightings: Sightings): Promise<void> {
  let known = 0;
  let since = Date.now();
  const look = async () => {
    const now = sightings.all().length;
    if (now !== known) since = Date.now();
    known = now;
    return Date.now() - since > 8000 ? true : undefined;
  };
  await eventually('nothing happens any more', look, 120_000);
}

/** A garbage collector takes the results of a workflow that is deleted, when it likes. */
function endsOf(sightings: Sightings, collected: boolean): States {
  const ends = Object.entries(lastOf(sightings.all()));
  return Object.fromEntries(ends.filter(([key]) => !(collected && key.startsWith('result '))));
}

async function record(journey: Journey, name: string, story: Story): Promise<Recording> {
  const { source, namespace } = journey;
  const stop = new AbortController();
  try {
    const sightings = await observe(source.api, namespace, stop.signal);
    const { acts: _, ...spec } = story;
    await submitSpec(journey, name, { ...spec, podMetadata });
    const { metadata, ...workflow } = await workflowOf(journey, name);
    await perform(journey, story, sightings);
    if (name !== 'deleted') await endOf(journey, name);
    await quiet(sightings);
    const requests = await requestsIn(journey);
    const { apiVersion = '', kind = '' } = workflow;
    const recording: Recording = {
      workflow: { apiVersion, kind, metadata: { name }, ...{ spec: workflow.spec } },
      steps: stepsOf(requests, sightings.all()),
      end: endsOf(sightings, name === 'deleted'),
    };
    return withPlaceholders(recording, namesOf(namespace, metadata.uid ?? '', sightings.all()));
  } finally {
    stop.abort();
  }
}

const { argoVersion } = readEnv();

describe.concurrent('recorded', () => {
  test.for(Object.entries(STORIES))('%s', async ([name, story], { begun: journey }) => {
    if (argoVersion === undefined) throw new Error('BERTH_ARGO_VERSION does not say of which version this is');
    const recording = await record(journey, name, story);
    const folder = join(import.meta.dirname, 'recorded', argoVersion);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${name}.json`), fileOf(recording));
  });
});
