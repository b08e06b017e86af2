/** `berth scheduler`: the scheduler, as a process of its own. */
import { startScheduler } from '../scheduler/main.ts';
import { open } from './connect.ts';
import { SCHEDULER_LEASE } from './install/hub.ts';
import { createLog, leading, sayReady, untilAsked } from './run.ts';

export interface SchedulerCommand {
  /** Kubeconfig of the hub, as the service account `scheduler`. */
  hub: string;
  leaseSeconds: number;
  logLevel: string;
}

/** Runs until SIGINT or SIGTERM. Of several one works, by a Lease on the hub; the others stand by. */
export const scheduler = (o: SchedulerCommand): Promise<void> =>
  untilAsked(async (asked) => {
    const log = createLog(o.logLevel).child({ room: 'scheduler' });
    const { client } = await open('hub', o.hub, 'scheduler');
    const election = { client, lease: SCHEDULER_LEASE, leaseSeconds: o.leaseSeconds, log, signal: asked };
    try {
      await leading(election, async ({ signal, fence }) => {
        const { ready, stopped } = await startScheduler({
          hub: client.fenced(fence),
          log,
          now: () => Date.now(),
          random: () => Math.random(),
          signal,
        });
        await ready;
        sayReady();
        await stopped;
      });
    } finally {
      await client.close();
    }
  });
