/** `berth webhook`: the webhook of one source cluster, as a process of its own. */
import { SYSTEM_NAMESPACE, UserError } from '../api/index.ts';
import { isNotFound } from '../kube/index.ts';
import { startWebhook, type Webhook, type WebhookParameters, webhookConfigurationName } from '../webhook/main.ts';
import { parseListen } from './address.ts';
import { open } from './connect.ts';
import { createLog, sayReady, untilAsked } from './run.ts';

export interface WebhookCommand {
  /** Name of the source cluster. */
  cluster: string;
  /** Kubeconfig of that cluster, as its service account `webhook`. */
  kubeconfig: string;
  /** `host:port` */
  listen: string;
  /** `host` or `host:port` by which API servers reach all webhook processes of the cluster. */
  advertise?: string;
  /** Seconds to go on serving after SIGTERM. */
  drain: number;
  logLevel: string;
}

/** Runs until SIGINT or SIGTERM, beside any number of others for the same cluster: all of them serve. */
export const webhook = (o: WebhookCommand): Promise<void> =>
  untilAsked(async (asked) => {
    const { host, port } = parseListen(o, 'API servers need');
    const { client } = await open(o.cluster, o.kubeconfig, 'webhook');
    try {
      const started = await start({
        cluster: o.cluster,
        home: client,
        host,
        port,
        ...(o.advertise === undefined ? {} : { advertise: o.advertise }),
        log: createLog(o.logLevel).child({ room: 'webhook' }),
        now: () => Date.now(),
        random: () => Math.random(),
        signal: asked,
        drainMs: o.drain * 1000,
      });
      await publish(o.cluster, started);
      sayReady();
      await started.stopped;
    } finally {
      await client.close();
    }
  });

/** What can be wrong with the address or the installation, in words. */
export async function start(parameters: WebhookParameters): Promise<Webhook> {
  try {
    return await startWebhook(parameters);
  } catch (cause) {
    const { host, port, cluster } = parameters;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND'].includes(code))
      throw new UserError('CannotListen', `${host}:${port}: ${code}`, { cause });
    if (isNotFound(cause))
      throw new UserError('NothingInstalled', `${cluster}: there is no namespace ${SYSTEM_NAMESPACE}`, { cause });
    throw cause;
  }
}

async function publish(cluster: string, started: Webhook): Promise<void> {
  if (await started.publish()) return;
  await started.stop();
  const name = webhookConfigurationName(cluster);
  throw new UserError('NothingInstalled', `${cluster}: there is no MutatingWebhookConfiguration ${name}`);
}
