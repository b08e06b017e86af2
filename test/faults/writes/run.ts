/** Many cases at once: their pods are made, run, end or are deleted, and what was seen of each is kept. */
import { DELEGATE, memberNamespace, pairNamespace } from '../../../api/index.ts';
import { fewAtATime } from '../../bench/pods.ts';
import { readWrites } from '../../cluster/audit.ts';
import { waitUntil } from '../../cluster/wait.ts';
import type { ProxyRequest } from '../proxy/faults.ts';
import { Course, type Remains } from './course.ts';
import { createGated, type Scene } from './scene.ts';
import { type Case, type Ids, NAMESPACE, SOURCE, TARGET } from './table.ts';

const LIMIT = 60_000;

/** Resolves when all is over, or took too long, of which the courses tell. */
export async function runAll(scene: Scene, cases: readonly Case[], log: (line: string) => void): Promise<Course[]> {
  const courses: Course[] = [];
  await fewAtATime(cases, async (one) =>
    courses.push(new Course(one, await createGated(scene.source.client, one), scene)),
  );
  await fewAtATime(courses, (course) => course.start(scene));
  const settled = () => courses.filter((course) => !course.hasSettled(scene)).length === 0;
  await waitUntil(settled, { what: 'all have settled', timeout: LIMIT, interval: 20 }).catch((error) =>
    log(String(error)),
  );
  await fewAtATime(courses, (course) => course.delete(scene));
  const deleted = courses.filter((course) => course.case.isDeleted);
  const gone = async () => {
    const remains = await remainsOf(scene);
    return deleted.filter((course) => !course.isGone(remains)).length === 0;
  };
  await waitUntil(gone, { what: 'all that were running are gone', timeout: LIMIT, interval: 50 }).catch((error) =>
    log(String(error)),
  );
  return courses;
}

/** Adds to the courses what the API servers and the proxies know of them. */
export async function account(scene: Scene, courses: readonly Course[]): Promise<void> {
  const created = await createdDelegates(scene);
  for (const course of courses) {
    course.created = created.filter((name) => proxyOf(name) === course.ids.name);
    course.writes = writesFor(scene, course.ids);
  }
}

/** The target waits for a minute where the answer to a create was lost; Kubernetes collects decisions when it likes. */
const LIMIT_TO_THE_LAST = 120_000;

/** What is left of any pod in the end, by kind and name. */
export async function leftOver(scene: Scene): Promise<string[]> {
  let left: Remains[] = [];
  const gone = async () => {
    left = await remainsOf(scene);
    return left.length === 0;
  };
  await waitUntil(gone, { what: 'nothing is left', timeout: LIMIT_TO_THE_LAST }).catch(() => undefined);
  return left.map(({ resource, name }) => `${resource} ${name}`);
}

/** Name of the proxy of a delegate of any attempt. */
const proxyOf = (delegate: string): string =>
  delegate.slice(`${SOURCE}-${NAMESPACE}-`.length, delegate.lastIndexOf('-'));

function writesFor({ source, target }: Scene, { name, uid, delegate }: Ids): string[] {
  const isOurs = ({ method, userAgent, path, body }: ProxyRequest) =>
    method !== 'GET' &&
    userAgent.startsWith('berth/') &&
    ([name, uid, delegate].some((id) => path.split('/').includes(id)) || body.includes(uid));
  return [...source.proxy.requests, ...target.proxy.requests]
    .filter(isOurs)
    .sort((a, b) => a.at - b.at)
    .map(({ method, path, status = 'reset' }) => `${method} ${path} ${status}`);
}

/** All that there is, on both clusters, of any proxy of this test. */
async function remainsOf({ source, target }: Scene): Promise<Remains[]> {
  const onHub = (resource: 'podobservations' | 'poddecisions' | 'poddelegations', namespace: string) =>
    source.client
      .list(resource, { namespace })
      .then(({ items }) => items.map(({ metadata: { name } }) => ({ uid: name, resource, name })));
  const found = await Promise.all([
    onHub('podobservations', memberNamespace(SOURCE)),
    onHub('poddecisions', memberNamespace(SOURCE)),
    onHub('poddelegations', pairNamespace(SOURCE, TARGET)),
    onHub('poddelegations', pairNamespace(SOURCE, SOURCE)),
  ]);
  const pods = [...source.pods.values(), ...target.pods.values()].map(({ metadata }) => ({
    uid: metadata.annotations?.[DELEGATE.proxyUid] ?? metadata.uid ?? '',
    resource: 'pods',
    name: metadata.name,
  }));
  return [...found.flat(), ...pods];
}

/** Names of all delegates that were ever created, by the API servers' own words. */
async function createdDelegates({ source, target }: Scene): Promise<string[]> {
  const writes = await Promise.all([source, target].map(({ auditLog }) => readWrites(auditLog)));
  return writes
    .flat()
    .filter(
      ({ verb, resource, subresource, code }) => `${verb} ${resource}${subresource} ${code}` === 'create pods 201',
    )
    .filter(({ namespace, impersonated }) => namespace === NAMESPACE && impersonated !== undefined)
    .map(({ name }) => name);
}
