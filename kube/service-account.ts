/** Being a service account of a cluster, from outside of it. */
import type { KubeObject } from '../api/index.ts';
import type { Credentials } from './credentials.ts';
import type { ApiClient } from './types.ts';

interface TokenRequest extends KubeObject {
  spec?: { expirationSeconds?: number };
  status?: { token?: string };
}

export interface ServiceAccountOptions {
  namespace: string;
  name: string;
  now: () => number;
  /** Who is to take the tokens for good; the API server if left out. */
  audiences?: readonly string[];
  /** Asked for; the server may grant another life. */
  expirationSeconds?: number;
}

interface Token {
  text: string;
  renewAt: number;
  endsAt: number;
}

/**
 * The server of `base`, but as a service account, whose tokens `admin` requests. A token is renewed at 80 % of its
 * life; while that fails, the old one is used as long as it lasts.
 */
export function serviceAccountCredentials(admin: ApiClient, base: Credentials, o: ServiceAccountOptions): Credentials {
  let token: Token | undefined;
  let renewal: Promise<Token> | undefined;
  const renew = () => {
    renewal ??= grantToken(admin, o).finally(() => {
      renewal = undefined;
    });
    return renewal.then((granted) => {
      token = granted;
      return granted;
    });
  };

  return {
    server: base.server,
    get tls() {
      const { cert: _cert, key: _key, ...tls } = base.tls;
      return tls;
    },
    ...(base.proxy !== undefined && { proxy: base.proxy }),
    headers: async () => {
      let current = token;
      if (current === undefined || o.now() >= current.endsAt) current = await renew();
      // Early enough that nobody has to wait, and whoever comes after a failure tries again.
      else if (o.now() >= current.renewAt) renew().catch(() => undefined);
      return { authorization: `Bearer ${current.text}` };
    },
    invalidate: (refused) => {
      if (refused['authorization'] === `Bearer ${token?.text}`) token = undefined;
    },
  };
}

export interface TokenOptions {
  namespace: string;
  name: string;
  /** Asked for; the server may grant another life. */
  expirationSeconds: number;
  signal: AbortSignal;
}

/** A token of a service account, to be handed to somebody else. */
export const requestToken = async (admin: ApiClient, { signal, ...o }: TokenOptions): Promise<string> =>
  (await grantedTo(admin, o, signal)).token;

async function grantToken(admin: ApiClient, o: ServiceAccountOptions): Promise<Token> {
  const { now, expirationSeconds = 3600 } = o;
  const { token, seconds } = await grantedTo(admin, { ...o, expirationSeconds });
  // By its length, not its end: the clocks of the two machines may differ.
  return { text: token, renewAt: now() + seconds * 800, endsAt: now() + seconds * 1000 };
}

type Wanted = Omit<TokenOptions, 'signal'> & Pick<ServiceAccountOptions, 'audiences'>;

async function grantedTo(admin: ApiClient, o: Wanted, signal?: AbortSignal) {
  const { namespace, name, audiences, expirationSeconds } = o;
  const wanted = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { name, namespace },
    spec: { expirationSeconds, ...(audiences && { audiences }) },
  };
  const options = { subresource: 'token' as const, ...(signal && { signal }) };
  const { status, spec } = await admin.create<TokenRequest>('serviceaccounts', wanted, options);
  if (status?.token === undefined) throw new Error(`no token for ${namespace}/${name} in the answer`);
  return { token: status.token, seconds: spec?.expirationSeconds ?? expirationSeconds };
}
