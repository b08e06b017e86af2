/** How an agent opens streams: at its own cluster, and at the relay as what it is on the hub. */
import type { AgentOptions } from '../agent/main.ts';
import { type Credentials, createOpener } from '../kube/index.ts';

export const streamsBy = (home: Credentials, hub: Credentials): NonNullable<AgentOptions['streams']> => ({
  open: createOpener(home),
  openAt: ({ server, ca }) =>
    createOpener({
      ...{ server, tls: { ca }, headers: (signal) => hub.headers(signal) },
      ...(hub.proxy !== undefined && { proxy: hub.proxy }),
      invalidate: (refused) => hub.invalidate?.(refused),
    }),
});
