/** What streams ask of the hub: where the relay is. */
import { type ConfigMap, RELAY, SYSTEM_NAMESPACE } from '../../api/index.ts';
import { type ApiClient, unlessMissing } from '../../kube/index.ts';

/** Where the relay is, as it says itself. */
export interface Relay {
  /** `https://host:port` */
  server: string;
  /** PEM of the authority of its certificate. */
  ca: string;
}

/** Undefined if there is none. */
export async function findRelay(hub: ApiClient, signal: AbortSignal): Promise<Relay | undefined> {
  const found = await unlessMissing(
    hub.get<ConfigMap>('configmaps', RELAY.configMap, { namespace: SYSTEM_NAMESPACE, signal }),
  );
  const { server, ca } = found?.data ?? {};
  return server === undefined || ca === undefined ? undefined : { server, ca };
}
