/** An agent whose account on the hub is deleted: what it has at the relay ends, and nothing of another. */
import type { Duplex } from 'node:stream';
import { describe } from 'vitest';
import { agentAccount, type KubeObject, pairNamespace, RELAY, SYSTEM_NAMESPACE } from '../../api/index.ts';
import { type Site, test } from '../journeys/fleet.ts';
import { connectionAs, relayOf, tokenOf } from './agents.ts';

const GONE = 'gone';
const STAYS = 'stays';
/** About a minute, as docs/streams.md says. */
const ENDS_WITHIN = 60_000;

/** Members of which only the hub knows, and that one may delegate to the other. */
async function makeMembers({ api }: Site): Promise<() => Promise<void>> {
  const system = { namespace: SYSTEM_NAMESPACE };
  const pair = pairNamespace(GONE, STAYS);
  for (const member of [GONE, STAYS])
    await api.create('serviceaccounts', { metadata: { name: agentAccount(member), ...system } });
  await api.create('namespaces', { metadata: { name: pair } });
  const binding: KubeObject & object = {
    metadata: { name: 'berth-source', namespace: pair },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'berth-hub-source' },
    subjects: [{ kind: 'ServiceAccount', name: agentAccount(GONE), ...system }],
  } as KubeObject;
  await api.create('rolebindings', binding);
  return async () => {
    await api.delete('namespaces', pair);
    await api.delete('serviceaccounts', agentAccount(STAYS), system);
  };
}

/** Milliseconds until it is closed; rejects if it is not by then. */
const closed = (connection: Duplex, since: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`it is open after ${ENDS_WITHIN} ms`)), ENDS_WITHIN);
    connection.once('close', () => {
      clearTimeout(late);
      resolve(Math.round(performance.now() - since));
    });
  });

describe('an agent whose account is deleted', () => {
  test('loses its link and its streams at the relay within a minute', async ({ fleet, expect }) => {
    const { hub } = fleet;
    const remove = await makeMembers(hub);
    try {
      const relay = await relayOf(hub);
      const [gone, stays] = [await tokenOf(hub, GONE, RELAY.audience), await tokenOf(hub, STAYS, RELAY.audience)];
      const links = [
        await connectionAs(gone, relay, RELAY.link),
        await connectionAs(stays, relay, RELAY.link),
      ] as const;
      const [, link] = links;
      const heard = new Promise<string>((resolve) =>
        link.on('data', (line) => String(line).trim() && resolve(String(line))),
      );
      const dialled = connectionAs(gone, relay, RELAY.dial + STAYS);
      const { stream } = JSON.parse(await heard) as { stream: string };
      const far = await connectionAs(stays, relay, RELAY.fetch + stream);
      const lost = [links[0], await dialled, far];
      for (const connection of [...lost, link]) connection.on('error', () => undefined).resume();

      await hub.api.delete('serviceaccounts', agentAccount(GONE), { namespace: SYSTEM_NAMESPACE });
      const since = performance.now();
      // As agents do, so that only the account's end can be why.
      const beats = setInterval(() => [links[0], link].map((end) => end.writable && end.write('\n')), 15_000);
      try {
        const ms = await Promise.all(lost.map((connection) => closed(connection, since)));
        console.log(JSON.stringify({ revoked: ms }));
        expect(link.destroyed).toBe(false);
      } finally {
        clearInterval(beats);
        for (const connection of [...lost, link]) connection.destroy();
      }
    } finally {
      await remove();
    }
  });
});
