import { join } from 'node:path';
import { describe } from 'vitest';
import type { KubeObject, Pod } from '../../api/index.ts';
import { type Journey, type Site, test } from './fleet.ts';
import { once, shell, template, UNTIL_TOLD, workload } from './pods.ts';
import { eventually, isReady, logsOf, podsIn, proxyThat, submit } from './steps.ts';

/** Says that it is ready a moment after it started, so that readiness has something to say. */
const server = (version: string) => ({
  ...shell('server', `sleep 0.5; touch /tmp/ready; ${UNTIL_TOLD}`, { env: [{ name: 'VERSION', value: version }] }),
  readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1 },
});

const versionOf = ({ spec }: Pod) => spec.containers[0]?.env?.find(({ name }) => name === 'VERSION')?.value;

/** A reason of the time before would be a lie. */
const readiness = (pod: Pod) => {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  return [ready?.status, ready?.reason, ready?.message];
};

/** The versions of the delegates that are ready, once there are as many and none beside them. */
const readyVersions = (journey: Journey, count: number) =>
  eventually(`${count} delegates are ready, and no others are there`, async () => {
    const delegates = await podsIn(journey, journey.target);
    if (delegates.length !== count) throw new Error(`there are ${delegates.length}`);
    return delegates.every(isReady) ? delegates.map(versionOf) : undefined;
  });

const rollout = ({ source, namespace }: Journey, what: string) =>
  source.kubectl(['rollout', 'status', what, '-n', namespace, '--timeout=60s'], { timeout: 70_000 });

const set = ({ source, namespace }: Journey, what: string, patch: object) =>
  source.kubectl(['patch', what, '-n', namespace, '--type=merge', '-p', JSON.stringify(patch)]);

/** Less than the half minute after which the target gives such a delegate up. */
const SECONDS = 20_000;

describe.concurrent('workload controllers at home see what they know', () => {
  test('a Deployment of 4 rolls out, rolls over to a new template and scales down', async ({ begin, expect }) => {
    const journey = await begin();
    const spec = (version: string) => template('web', 'cluster2', { containers: [server(version)] });
    const selector = { matchLabels: { app: 'web' } };
    await submit(journey, workload('apps/v1', 'Deployment', 'web', { replicas: 4, selector, template: spec('1') }));
    expect(await rollout(journey, 'deployment/web')).toContain('successfully rolled out');
    expect(await readyVersions(journey, 4)).toEqual(['1', '1', '1', '1']);
    const ready = (await podsIn(journey, journey.source)).map(readiness);
    expect(ready).toEqual(Array(4).fill(['True', undefined, undefined]));

    await set(journey, 'deployment/web', { spec: { template: spec('2') } });
    expect(await rollout(journey, 'deployment/web')).toContain('successfully rolled out');
    expect(await readyVersions(journey, 4)).toEqual(['2', '2', '2', '2']);

    await set(journey, 'deployment/web', { spec: { replicas: 2 } });
    expect(await readyVersions(journey, 2)).toEqual(['2', '2']);
    await rollout(journey, 'deployment/web');
  });

  test('the pods of an indexed Job print their index, and the Job completes', async ({ begin, expect }) => {
    const journey = await begin();
    const pod = template('count', 'cluster2', once([shell('main', 'echo $JOB_COMPLETION_INDEX on $HOSTNAME')]));
    const job = { completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimit: 0, template: pod };
    await submit(journey, workload('batch/v1', 'Job', 'count', job));
    await journey.source.kubectl(['wait', '-n', journey.namespace, '--for=condition=Complete', 'job/count']);
    const delegates = await podsIn(journey, journey.target);
    const printed = await Promise.all(delegates.map((delegate) => logsOf(journey.target, delegate)));
    expect(printed.sort()).toEqual(['0', '1', '2'].map((index) => `${index} on count-${index}\n`));
  });

  test('a StatefulSet whose claims the target has gets its second replica when the first is ready', async ({
    begin,
    expect,
  }) => {
    const journey = await begin();
    await Promise.all([0, 1].map((index) => provideClaim(journey.target, journey, `data-db-${index}`)));
    await submit(journey, database('db', 2));
    await rollout(journey, 'statefulset/db');
    const proxies = await podsIn(journey, journey.source);
    expect(proxies.map((pod) => [pod.metadata.name, claimOf(pod)])).toEqual([
      ['db-0', 'data-db-0'],
      ['db-1', 'data-db-1'],
    ]);
    expect(await failedUpdates(journey)).toEqual([]);
  });

  test('a StatefulSet whose claim the target lacks is told so on its proxy', async ({ begin, expect }) => {
    const journey = await begin();
    await submit(journey, database('lone', 1));
    const says = (pod: Pod) => JSON.stringify(pod.status?.conditions ?? []).includes('persistentvolumeclaim');
    const proxy = await proxyThat(journey, 'lone-0', ['says that its claim is not there', says], SECONDS);
    const scheduled = proxy.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    expect(scheduled).toMatchObject({ status: 'False', reason: 'Unschedulable' });
    expect(scheduled?.message).toContain('persistentvolumeclaim "data-lone-0" not found');
    expect(await failedUpdates(journey)).toEqual([]);
  });

  test('a Job replaces a pod that failed', async ({ begin, expect }) => {
    const journey = await begin();
    const volumes = [
      { name: 'shared', hostPath: { path: folderIn(journey.target, journey, 'shared'), type: 'DirectoryOrCreate' } },
    ];
    const main = shell('main', '[ -e /shared/tried ] || { touch /shared/tried; exit 6; }');
    const mounted = { ...main, volumeMounts: [{ name: 'shared', mountPath: '/shared' }] };
    const pod = template('flaky', 'cluster2', once([mounted], { volumes }));
    const job = { backoffLimit: 1, template: pod, podReplacementPolicy: 'Failed' };
    await submit(journey, workload('batch/v1', 'Job', 'flaky', job));
    await journey.source.kubectl(['wait', '-n', journey.namespace, '--for=condition=Complete', 'job/flaky']);
    const phases = (await podsIn(journey, journey.source)).map(({ status }) => status?.phase);
    expect(phases.sort()).toEqual(['Failed', 'Succeeded']);
  });
});

/** A folder of the machine that goes with the cluster. */
const folderIn = ({ folder }: Site, { namespace }: Journey, name: string) => join(folder, 'host', namespace, name);

const claimOf = ({ spec }: Pod) =>
  spec.volumes?.map((volume) => volume['persistentVolumeClaim'] as { claimName?: string } | undefined).find(Boolean)
    ?.claimName;

/** A StatefulSet with a volume claim template. */
const database = (name: string, replicas: number): KubeObject =>
  workload('apps/v1', 'StatefulSet', name, {
    replicas,
    serviceName: name,
    selector: { matchLabels: { app: name } },
    template: template(name, 'cluster2', {
      containers: [{ ...server('1'), volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    }),
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claimSpec('') }],
  });

const claimSpec = (volumeName: string) => ({
  accessModes: ['ReadWriteOnce'],
  storageClassName: '',
  ...(volumeName !== '' && { volumeName }),
  resources: { requests: { storage: '1Mi' } },
});

/** A claim with a volume of the node behind it. */
async function provideClaim(site: Site, journey: Journey, name: string): Promise<void> {
  const { namespace } = journey;
  const volumeName = `${namespace}-${name}`;
  const volume = {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Mi' },
    hostPath: { path: folderIn(site, journey, name), type: 'DirectoryOrCreate' },
  };
  const create = (object: KubeObject) =>
    site.kubectl(['create', '-n', namespace, '-f', '-'], { input: JSON.stringify(object) });
  await create(workload('v1', 'PersistentVolume', volumeName, volume));
  // A claim that is quicker than its volume is looked at again a quarter of a minute later.
  await site.kubectl(['wait', `pv/${volumeName}`, '--for=jsonpath={.status.phase}=Available', '--timeout=30s']);
  await create(workload('v1', 'PersistentVolumeClaim', name, claimSpec(volumeName)));
}

/** What a StatefulSet's controller says when a pod lacks the volumes that it wants there. */
async function failedUpdates({ source, namespace }: Journey): Promise<string[]> {
  const events = await source.kubectl(['get', 'events', '-n', namespace, '-o', 'jsonpath={.items[*].reason}']);
  return events.split(' ').filter((reason) => reason === 'FailedUpdate');
}
