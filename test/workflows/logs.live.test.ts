/** Logs of steps that run in the other cluster, as users of Argo read them: while they are written, and afterwards. */
import { join } from 'node:path';
import { describe } from 'vitest';
import { readEnv } from '../cluster/env.ts';
import { freePorts } from '../cluster/ports.ts';
import { endProcesses, startProcess } from '../cluster/processes.ts';
import { waitUntil } from '../cluster/wait.ts';
import type { Journey } from '../journeys/fleet.ts';
import { eventually, podsIn } from '../journeys/steps.ts';
import { type Followed, followCommand, followEvents, untilSaid } from './follow.ts';
import { container, steps } from './templates.ts';
import { AWAY, endOf, nodesOf, submitSpec, test, untilNode, workflowOf } from './workflow.ts';

/** Ends when it is told to, so that what was read before was read live. */
const SPEAKS =
  'for i in 1 2 3; do echo "first $i"; sleep 0.3; done; until [ -e /tmp/end ]; do sleep 0.1; done; echo over';
const SPOKEN = {
  entrypoint: 'both',
  podMetadata: AWAY,
  templates: [
    steps('both', [{ name: 'first', template: 'first' }], [{ name: 'second', template: 'second' }]),
    container('first', SPEAKS),
    container('second', 'echo second'),
  ],
};
const LINES = ['first 1', 'first 2', 'first 3', 'over', 'second'];
const SECONDS = 60_000;

const { argoFolder = '', processEnv } = readEnv();
const argo = join(argoFolder, 'argo');

/** Submits it, and waits until its first step runs; returns the name of that step's pod. */
async function begun(journey: Journey, name: string): Promise<string> {
  await submitSpec(journey, name, SPOKEN);
  await untilNode(journey, name, 'first', 'Running');
  const [proxy] = await podsIn(journey, journey.source);
  return proxy?.metadata.name ?? '';
}

const letEnd = ({ source, namespace }: Journey, pod: string) =>
  source.kubectl(['exec', pod, '-n', namespace, '-c', 'main', '--', 'touch', '/tmp/end']);

/** Of Argo's own executor, which it writes to the standard error of the user's container. */
const ofExecutor = (line: string) => line.includes(' argo=true') || line.includes('level=info msg=');

/** What the step itself wrote, without what names its pod. */
const linesOf = (said: string) =>
  said
    .trim()
    .split('\n')
    .filter((line) => !ofExecutor(line))
    .map((line) => line.replace(/^\S+: /, ''));

/** Runs Argo's server over a cluster while `use` lasts, which is given its address. */
async function withServer<T>({ source, namespace }: Journey, use: (url: string) => Promise<T>): Promise<T> {
  const [port] = await freePorts(1, Math.random);
  const server = await startProcess({
    name: 'argo-server',
    command: argo,
    args: ['server', '--auth-mode=server', '--secure=false', '--port', String(port), '--kubeconfig', source.kubeconfig],
    stateDir: source.folder,
    env: processEnv,
  });
  try {
    const url = `http://127.0.0.1:${port}`;
    const answers = async () => (await fetch(`${url}/api/v1/workflows/${namespace}`)).ok;
    await waitUntil(answers, { what: "Argo's server answers", timeout: 30_000 });
    return await use(url);
  } finally {
    await endProcesses([server]);
  }
}

/** Reads the first lines while the step runs, lets it end, and returns all that was read in the end. */
async function readLive(journey: Journey, workflow: string, pod: string, read: Followed): Promise<string> {
  await untilSaid(read, 'first 3');
  const { phase } = nodesOf(await workflowOf(journey, workflow))['first'] ?? {};
  if (phase !== 'Running') throw new Error(`the step is ${phase} already`);
  await letEnd(journey, pod);
  return read.ended;
}

describe.concurrent('logs of a step that runs', () => {
  test('argo logs -f: live, in order, to the end of the workflow; argo logs: the same afterwards', async ({
    begun: journey,
    client,
    expect,
    signal,
  }) => {
    const pod = await begun(journey, 'speaks');
    const env = { ...processEnv, KUBECONFIG: journey.source.kubeconfig };
    const args = ['logs', 'speaks', '-f', '--no-color', '-n', journey.namespace];
    const read = followCommand(argo, args, { env, signal: AbortSignal.any([signal, AbortSignal.timeout(SECONDS)]) });
    expect(linesOf(await readLive(journey, 'speaks', pod, read))).toEqual(LINES);
    expect((await endOf(journey, 'speaks')).status?.phase).toBe('Succeeded');
    expect(linesOf(await client(journey, 'logs', 'speaks', '--no-color'))).toEqual(LINES);
  });

  test("the user interface's log view: live, in order, to the end", async ({ begun: journey, expect, signal }) => {
    const pod = await begun(journey, 'viewed');
    await withServer(journey, async (url) => {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(SECONDS)]);
      // As the interface asks (ui/src/shared/services/workflows-service.ts, `getContainerLogsFromCluster`).
      const options = 'logOptions.container=main&grep=&logOptions.follow=true';
      const path = `/api/v1/workflows/${journey.namespace}/viewed/log?${options}&podName=${pod}`;
      const said = await readLive(journey, 'viewed', pod, await followEvents(url + path, deadline));
      const events = said.split('\n').flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice(6))] : []));
      const spoken = events.filter(({ result }) => !ofExecutor(result.content));
      expect(spoken.map(({ result }) => `${result.podName}: ${result.content}`)).toEqual(
        LINES.slice(0, 4).map((line) => `${pod}: ${line}`),
      );
    });
  });

  test("kubectl logs -f: of Argo's own containers, too", async ({ begun: journey, expect }) => {
    const pod = await begun(journey, 'beside');
    const logs = (...args: string[]) => journey.source.kubectl(['logs', pod, '-n', journey.namespace, ...args]);
    expect(await logs('-c', 'init')).toContain('Executor');
    const following = logs('-f', '-c', 'wait');
    await eventually(
      'the executor says that it waits',
      async () => (await logs('-c', 'wait')).includes('Executor') || undefined,
    );
    await letEnd(journey, pod);
    expect(await following).toContain('Main container completed');
    await endOf(journey, 'beside');
    expect(await logs('-c', 'wait')).toBe(await following);
  });
});
