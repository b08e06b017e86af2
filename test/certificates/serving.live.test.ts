/** Logs and exec of proxies where the API server asks for kubelets' certificates to be of the cluster's authority. */

import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SERVING_REQUEST } from '../../api/index.ts';
import { type Berth, startBerth } from '../berth.ts';
import { readEnv } from '../cluster/env.ts';
import { type Fleet, startFleet } from '../cluster/fleet.ts';
import { canRunKubelets } from '../cluster/packages.ts';
import { waitUntil } from '../cluster/wait.ts';
import { elected, once, shell, UNTIL_TOLD } from '../journeys/pods.ts';

/** Hub, source and target at once. */
const NAME = 'verifying';
const POD = 'talks';

const env = readEnv();
const ability = await canRunKubelets();
if (!ability.ok && env.ci) throw new Error(ability.why);

describe.skipIf(!ability.ok)('an API server that verifies kubelets', () => {
  const logFile = join(env.stateRoot, `certificates-${process.pid}.log`);
  let fleet: Fleet;

  const cluster = () => fleet.cluster(NAME);
  const kubectl = (...args: string[]) => cluster().kubectl(args);
  const berth = (whose: string): Promise<Berth> =>
    startBerth({ hub: cluster(), members: [cluster()], logFile, args: ['--serving-certificate', whose] });
  const eventually = (what: string, check: () => Promise<boolean>, timeout = 30_000) =>
    waitUntil(check, { what, timeout });
  /** What kubectl prints or says of the proxy. */
  const said = (...args: string[]) => kubectl(...args).catch((error: unknown) => String(error));
  const logs = () => said('logs', POD);
  const logHas = (text: string) =>
    eventually(`the log says ${text}`, async () => readFileSync(logFile, 'utf8').includes(text));
  const uidOfRequest = () =>
    kubectl('get', 'csr', SERVING_REQUEST, '--ignore-not-found', '-o', 'jsonpath={.metadata.uid}');
  const newRequest = async (before = '') => {
    let uid = '';
    await eventually('there is a new request', async () => {
      uid = await uidOfRequest();
      return uid !== '' && uid !== before;
    });
    return uid;
  };

  beforeAll(async () => {
    fleet = await startFleet({
      members: [{ name: NAME, verifiesKubelets: true }],
      nodes: 'kubelet',
      log: console.log,
      env,
    });
  });

  afterAll(async () => {
    await fleet?.stop();
    await rm(logFile, { force: true });
  });

  test('refuses the own certificate of an agent', async () => {
    await using _ = await berth('own');
    const pod = elected(POD, NAME, once([shell('main', `echo hello; ${UNTIL_TOLD}`)]));
    await cluster().kubectl(['create', '-f', '-'], { input: JSON.stringify(pod) });
    await kubectl('wait', '--for=jsonpath={.status.phase}=Running', `pod/${POD}`, '--timeout=30s');
    expect(await logs()).toContain('tls: failed to verify certificate: x509: certificate signed by unknown authority');
    expect(await uidOfRequest()).toBe('');
  });

  test('takes one that an administrator approves; before, a request that is left or denied is told', async () => {
    let denied = '';
    {
      await using _ = await berth('cluster');
      denied = await newRequest();
      await logHas(
        `nobody has approved the certificate of the kubelet API: kubectl certificate approve ${SERVING_REQUEST}`,
      );
      await kubectl('certificate', 'deny', SERVING_REQUEST);
      await logHas(`kubectl delete csr ${SERVING_REQUEST}`);
      expect(await logs()).toContain('x509');
    }
    await using _ = await berth('cluster');
    await newRequest(denied);
    expect(await logs()).toContain('x509');
    await kubectl('certificate', 'approve', SERVING_REQUEST);
    await eventually('the certificate serves', async () => (await logs()) === 'hello\n');
    expect(await said('exec', POD, '--', 'echo', 'inside')).toBe('inside\n');
  });

  test('takes one that the agent approves itself, also after a restart', async () => {
    let before = await uidOfRequest();
    for (const start of ['first', 'second']) {
      await using _ = await berth('self-approved');
      const ready = performance.now();
      await eventually(
        `the certificate serves after the ${start} start`,
        async () => (await logs()) === 'hello\n',
        10_000,
      );
      console.log(`the ${start} start: logs ${Math.round(performance.now() - ready)} ms after ready`);
      const request = await newRequest(before);
      before = request;
    }
  });
});
