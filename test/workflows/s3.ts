/** An artifact repository: an S3 server on this machine that pods of both clusters reach, built as a Go module. */
import { join } from 'node:path';
import { type KubeObject, type Node, VIRTUAL_NODE_KEY } from '../../api/index.ts';
import { apartAt } from '../cluster/apart.ts';
import { ensureBinaries, pathOf } from '../cluster/binaries.ts';
import type { HarnessEnv } from '../cluster/env.ts';
import { freePorts } from '../cluster/ports.ts';
import { assertAlive, startProcess } from '../cluster/processes.ts';
import { readState } from '../cluster/state.ts';
import { waitUntil } from '../cluster/wait.ts';
import type { Site } from '../journeys/fleet.ts';

const SECRET = 's3-credentials';
const BUCKET = 'artifacts';

/** Starts the server, which ends with the cluster; returns what Argo is told of it. */
export async function startRepository(site: Site, env: HarnessEnv): Promise<object> {
  const binaries = await ensureBinaries(['gofakes3'], { env, log: console.log });
  const [port] = await freePorts(1, Math.random);
  const endpoint = `${await addressOf(site)}:${port}`;
  const server = await startProcess({
    name: 'gofakes3',
    command: pathOf(binaries, 'gofakes3'),
    args: ['-host', endpoint, '-backend', 'memory', '-initialbucket', BUCKET],
    stateDir: site.folder,
    env: env.processEnv,
  });
  const serves = async () => {
    assertAlive(server, site.folder);
    return (await fetch(`http://${endpoint}/${BUCKET}`)).ok;
  };
  await waitUntil(serves, {
    what: `the artifact repository serves (${join(site.folder, 'gofakes3.log')})`,
    timeout: 10_000,
  });
  const key = (of: string) => ({ name: SECRET, key: of });
  const credentials = { accessKeySecret: key('access'), secretKeySecret: key('secret') };
  return { s3: { endpoint, bucket: BUCKET, insecure: true, ...credentials } };
}

/** The credentials, as the users of Argo keep them: in the namespace of the workflow, at home. */
export const credentialsIn = (namespace: string): KubeObject => ({
  metadata: { name: SECRET, namespace },
  ...{ stringData: { access: 'someone', secret: 'open sesame' } },
});

/** An address of the machine that pods of both clusters reach: as a node of this cluster, or outside of its network. */
async function addressOf({ api, folder }: Site): Promise<string> {
  if (readState(folder)?.netns !== undefined) return apartAt(folder).outside;
  const { items } = await api.list<Node>('nodes', { labelSelector: `!${VIRTUAL_NODE_KEY}` });
  const addresses = items.flatMap(({ status }) => status?.addresses ?? []);
  const [address] = addresses.filter(({ type }) => type === 'InternalIP').map((each) => each.address);
  if (address === undefined) throw new Error('the cluster has no node with an address');
  return address;
}
