/** Kubeconfigs of our own identities, for components that run as processes of their own. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agentAccount, SYSTEM_NAMESPACE, UserError } from '../../api/index.ts';
import { requestToken } from '../../kube/index.ts';
import type { Connection } from '../connect.ts';
import type { Fleet } from '../fleet.ts';
import { RELAY_ACCOUNT, SCHEDULER_ACCOUNT } from './hub.ts';
import { AGENT_ACCOUNT } from './member.ts';
import { WEBHOOK_ACCOUNT } from './webhook.ts';

/** The whole list, by name of the file: whose identity where. */
const identities = ({ hub, members }: Fleet): Record<string, { at: Connection; account: string }> => ({
  scheduler: { at: hub, account: SCHEDULER_ACCOUNT },
  relay: { at: hub, account: RELAY_ACCOUNT },
  ...Object.fromEntries(
    members.flatMap((member) => [
      [`agent-${member.name}`, { at: member, account: AGENT_ACCOUNT }],
      [`webhook-${member.name}`, { at: member, account: WEBHOOK_ACCOUNT }],
      [`agent-${member.name}-hub`, { at: hub, account: agentAccount(member.name) }],
    ]),
  ),
});

/**
 * Writes `<folder>/<identity>.kubeconfig` for each of our identities, readable by the owner only. Written anew they are
 * picked up by running components, which read them every few seconds.
 * @param days how long the tokens are to last; an API server may grant less.
 * @returns the paths of the files.
 */
export async function writeKubeconfigs(
  fleet: Fleet,
  folder: string,
  days: number,
  signal: AbortSignal,
): Promise<string[]> {
  await written(folder, mkdir(folder, { recursive: true, mode: 0o700 }));
  return Promise.all(
    Object.entries(identities(fleet)).map(async ([name, { at, account }]) => {
      const token = await requestToken(at.client, {
        ...{ namespace: SYSTEM_NAMESPACE, name: account },
        ...{ expirationSeconds: days * 86_400, signal },
      });
      const path = join(folder, `${name}.kubeconfig`);
      // Renamed into place: nobody reads half a file.
      await written(path, writeFile(`${path}.new`, kubeconfig(at, token), { mode: 0o600 }));
      await written(path, rename(`${path}.new`, path));
      return path;
    }),
  );
}

/** Rejects with a UserError that names the path: the disk is full, or the folder is none of ours. */
const written = (path: string, work: Promise<unknown>): Promise<unknown> =>
  work.catch((cause: unknown) => {
    throw new UserError('CannotWrite', `${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  });

function kubeconfig({ name, credentials: { server, tls, proxy } }: Connection, token: string): string {
  const cluster = {
    server,
    ...(tls.ca !== undefined && { 'certificate-authority-data': Buffer.from(tls.ca).toString('base64') }),
    ...(tls.servername !== undefined && { 'tls-server-name': tls.servername }),
    ...(tls.rejectUnauthorized === false && { 'insecure-skip-tls-verify': true }),
    ...(proxy !== undefined && { 'proxy-url': proxy }),
  };
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster }],
      users: [{ name, user: { token } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    },
    undefined,
    2,
  )}\n`;
}
