/** `berth relay`: the relay of streams, as a process of its own beside the hub. */
import { startRelay } from '../deploy/relay/main.ts';
import { becomeSmall } from '../deploy/relay/small.ts';
import { parseAdvertise, parseListen } from './address.ts';
import { open } from './connect.ts';
import { createLog, sayReady, untilAsked } from './run.ts';

export interface RelayCommand {
  /** Kubeconfig of the hub, as the service account `relay`. */
  hub: string;
  /** `host:port` to listen on. */
  listen: string;
  /** `host[:port]` by which agents reach it. */
  advertise?: string;
  logLevel: string;
}

/** Runs until SIGINT or SIGTERM. */
export function relay(o: RelayCommand): Promise<void> {
  const onCopied = becomeSmall();
  return untilAsked(async (signal) => {
    const log = createLog(o.logLevel).child({ room: 'relay' });
    const { client } = await open('hub', o.hub, 'relay');
    try {
      const { announced, stopped } = await startRelay({
        hub: client,
        onCopied,
        ...parseListen(o, 'agents need'),
        ...(o.advertise === undefined ? {} : { advertise: parseAdvertise(o.advertise) }),
        now: () => Date.now(),
        random: () => Math.random(),
        signal,
        log,
      });
      await Promise.race([announced, stopped]);
      if (!signal.aborted) sayReady();
      await stopped;
    } finally {
      await client.close();
    }
  });
}
