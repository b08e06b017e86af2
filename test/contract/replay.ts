/** A client that does what Argo's controller did, as it was recorded: each request once it sees what that had seen. */
import type { KubeObject, ResourceName } from '../../api/index.ts';
import type { Journey } from '../journeys/fleet.ts';
import { eventually } from '../journeys/steps.ts';
import { namesOf, type Recording, type Step, withNames } from './recording.ts';
import { lastOf, observe, type Sighting, type Sightings } from './sightings.ts';
import { reached, type States } from './states.ts';

/** Milliseconds; all stories run at once. */
const WITHIN = 90_000;
const WORKFLOWS = '/apis/argoproj.io/v1alpha1/namespaces';

/** Replays a recording to its end, and returns all that was seen of it. */
export async function replay(journey: Journey, recording: Recording): Promise<readonly Sighting[]> {
  const { source, namespace } = journey;
  const stop = new AbortController();
  try {
    const sightings = await observe(source.api, namespace, stop.signal);
    const { metadata } = await submitted(journey, recording.workflow);
    for (const [index, step] of recording.steps.entries()) {
      const what = `step ${index + 1} (${step.verb} ${step.uri}) can be taken: `;
      await seen(sightings, step.seen, what);
      await send(journey, withNames(step, namesOf(namespace, metadata.uid ?? '', sightings.all())));
    }
    await seen(sightings, recording.end, 'it ends as recorded: ');
    return sightings.all();
  } finally {
    stop.abort();
  }
}

async function submitted({ source, namespace }: Journey, { metadata, ...workflow }: KubeObject): Promise<KubeObject> {
  const body = { ...workflow, metadata: { ...metadata, namespace } };
  return JSON.parse(await source.api.raw('POST', `${WORKFLOWS}/${namespace}/workflows`, { body })) as KubeObject;
}

/** Waits until each of these has come at least so far, at some time. */
async function seen(sightings: Sightings, wanted: States, what: string): Promise<void> {
  await eventually(
    what + JSON.stringify(wanted),
    async () => {
      const all = sightings.all();
      const lacks = Object.entries(wanted).filter(
        ([key, state]) => !all.some((each) => each.key === key && reached(each.state, state)),
      );
      if (lacks.length === 0) return true;
      const there = lastOf(all);
      throw new Error(lacks.map(([key]) => `${key} is ${JSON.stringify(there[key])}`).join(', '));
    },
    WITHIN,
  );
}

async function send({ source: { api, kubectl }, namespace }: Journey, { verb, uri, body }: Step): Promise<void> {
  const url = new URL(uri, 'http://any');
  const [resource, name = ''] = url.pathname.split(`/namespaces/${namespace}/`)[1]?.split('/') ?? [];
  switch (verb) {
    case 'create':
      return void (await api.create(resource as ResourceName, body as KubeObject, { namespace }));
    case 'patch': {
      const type = Array.isArray(body) ? 'json' : 'merge';
      return void (await api.patch(resource as ResourceName, name, body, { namespace, type }));
    }
    case 'delete':
    case 'deletecollection':
      return void (await api.raw('DELETE', uri, { body }));
    case 'exec': {
      const container = url.searchParams.get('container') ?? '';
      const args = ['exec', name, '-n', namespace, '-c', container, '--', ...url.searchParams.getAll('command')];
      // Nor does Argo look at the answer.
      await kubectl(args).catch(() => undefined);
      return;
    }
    default:
      throw new Error(`nobody recorded ${verb}`);
  }
}
