/** Who may ask a virtual node for logs and exec (only API servers of its own cluster), and who the relay. */
import { readFile } from 'node:fs/promises';
import { describe } from 'vitest';
import { type Cluster, directAudience, RELAY } from '../../api/index.ts';
import { credentialsFromKubeconfig } from '../../kube/index.ts';
import { DIRECT } from '../apart.ts';
import { apartAt, inNetwork } from '../cluster/apart.ts';
import { pkiFile } from '../cluster/pki.ts';
import { type Site, test } from '../journeys/fleet.ts';
import { eventually } from '../journeys/steps.ts';
import { relayOf, statusAs, tokenOf } from './agents.ts';
import { nodePortOf } from './node-port.ts';
import { begun, type View } from './pods.ts';

interface Caller {
  /** Whose client certificate is shown; none if left out. */
  shows?: { site: Site; user: string };
  /** Other headers. */
  headers?: Record<string, string>;
}

/** Runs where the cluster's processes do: the port is of no use to anybody else. */
const SCRIPT = `
const { request } = require('node:https');
const asked = JSON.parse(process.argv[1]);
request({ ...asked, rejectUnauthorized: false, agent: false }, (answer) => {
  console.log(answer.statusCode);
  answer.destroy();
}).on('error', (error) => console.log(error.code)).end();
`;

/** The status with which the node's port answers for the log of a proxy; an error's code if it does not. */
async function ask(view: View, { shows, headers = {} }: Caller): Promise<string> {
  const { site, pod } = view;
  const [cert, key] =
    shows === undefined
      ? []
      : await Promise.all(
          ['crt', 'key'].map((end) => readFile(pkiFile(shows.site.folder, `${shows.user}.${end}`), 'utf8')),
        );
  const { name, namespace } = pod.metadata;
  const asked = {
    ...(await nodePortOf(view)),
    path: `/containerLogs/${namespace}/${name}/main`,
    headers,
    cert,
    key,
  };
  const run = inNetwork(apartAt(site.folder));
  return (await run(process.execPath, ['-e', SCRIPT, JSON.stringify(asked)])).trim();
}

describe('a virtual node', () => {
  test('answers API servers of its cluster, and nobody else', async ({ begin, expect }) => {
    const journey = await begin();
    const { proxy } = await begun(journey, 'secret');
    const { source, target } = journey;
    const token = await target.kubectl(['create', 'token', 'default', '-n', journey.namespace]);
    const callers: Record<string, Caller> = {
      'its API server': { shows: { site: source, user: 'kubelet-client' } },
      'another cluster': { shows: { site: target, user: 'kubelet-client' } },
      'a node of its cluster': { shows: { site: source, user: 'kubelet' } },
      "another cluster's token": { headers: { authorization: `Bearer ${token.trim()}` } },
      'a name in headers': { headers: { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' } },
      nobody: {},
    };
    const answers = await Promise.all(
      Object.entries(callers).map(async ([who, caller]) => [who, await ask(proxy, caller)]),
    );
    expect(Object.fromEntries(answers)).toEqual({
      'its API server': '200',
      'another cluster': '401',
      'a node of its cluster': '403',
      "another cluster's token": '401',
      'a name in headers': '401',
      nobody: '401',
    });
  });
});

describe('tokens of agents', () => {
  test('are good for the hub, for its relay or for one target, never for two of them', async ({ fleet, expect }) => {
    const { hub } = fleet;
    const { server, tls } = await credentialsFromKubeconfig(hub.kubeconfig);
    const direct = await eventually('the source is told of the direct way', async () => {
      const { status } = await hub.api.get<Cluster>('clusters', 'cluster2');
      return status?.directTargets?.find(({ name }) => name === DIRECT.cluster);
    });
    const ports = [
      [{ server, ca: tls.ca && String(tls.ca) }, '/api'],
      [await relayOf(hub), RELAY.link],
      [direct, RELAY.dial + DIRECT.cluster],
    ] as const;
    const audiences = [undefined, RELAY.audience, directAudience(DIRECT.cluster), directAudience('cluster2'), 'others'];
    const answers = audiences.map(async (audience) => {
      const token = await tokenOf(hub, 'cluster2', audience);
      return Promise.all(ports.map(([port, path]) => statusAs(token, port, path)));
    });
    expect(await Promise.all(answers)).toEqual([
      [200, 401, 401],
      [401, 101, 401],
      [401, 401, 101],
      [401, 401, 401],
      [401, 401, 401],
    ]);
  });
});
