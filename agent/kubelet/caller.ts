/** Who asks a virtual node. */
import type { TLSSocket } from 'node:tls';
import { type ApiClient, type Asking, type Identity, identifyBearer } from '../../kube/index.ts';

/** By client certificate, as API servers do; undefined unless it is of the cluster's authority. */
export function certifiedCaller(asking: Asking): Identity | undefined {
  const socket = asking.socket as TLSSocket;
  if (!socket.authorized) return undefined;
  const { CN, O } = socket.getPeerCertificate().subject as { CN?: string | string[]; O?: string | string[] };
  const user = [CN ?? []].flat()[0];
  return user === undefined ? undefined : { user, groups: [O ?? []].flat() };
}

/** By certificate or by a token that the cluster knows, as collectors of usage do. */
export async function knownCaller(home: ApiClient, asking: Asking, signal: AbortSignal): Promise<Identity | undefined> {
  return certifiedCaller(asking) ?? (await identifyBearer(home, asking.request.headers.authorization, { signal }));
}
