/** Who we are to an API server, and how to reach it. */
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';

export interface TlsOptions {
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
  servername?: string;
  rejectUnauthorized?: boolean;
}

export interface Credentials {
  /** `https://host:port` */
  readonly server: string;
  /** Read at every new connection. */
  readonly tls: TlsOptions;
  /** `http://`, `https://` or `socks5://` address to go through. */
  readonly proxy?: string;
  /** Headers that say who we are; asked before every request, so they should come from memory. */
  headers(signal: AbortSignal): Promise<Record<string, string>>;
  /** The server did not know us by these headers (401): the next ones must be fresh. */
  invalidate?(refused: Record<string, string>): void;
}

/** Plugins and files are asked again after so long; a token that ends earlier costs one 401. */
const REFRESH = 10_000;

/**
 * Credentials from a kubeconfig, given as path or as text: certificates, tokens, token files, exec plugins, OIDC, basic,
 * proxies. `context` left out means the current one. Rejects if the file or the context is not usable.
 */
export async function credentialsFromKubeconfig(
  pathOrText: string,
  context?: string,
  now: () => number = Date.now,
): Promise<Credentials> {
  const first = await loadKubeconfig(pathOrText, context);
  const cluster = first.getCurrentCluster();
  if (cluster === null) throw new Error(`the kubeconfig has no context ${JSON.stringify(first.getCurrentContext())}`);
  let options = await authenticate(first);
  let config: KubeConfig | undefined = first;
  let asked = { at: now(), options: Promise.resolve(options) };
  const ask = async () => {
    config ??= await loadKubeconfig(pathOrText, context);
    return authenticate(config);
  };

  return {
    server: cluster.server.replace(/\/$/, ''),
    get tls() {
      return tlsOf(options);
    },
    ...(cluster.proxyUrl !== undefined && { proxy: cluster.proxyUrl }),
    headers: async () => {
      if (now() - asked.at >= REFRESH) asked = { at: now(), options: ask() };
      options = await asked.options;
      return headersOf(options);
    },
    invalidate: (refused) => {
      if (refused['authorization'] !== headersOf(options)['authorization']) return;
      // A new KubeConfig has forgotten what plugins said and files held.
      config = undefined;
      asked.at = Number.NEGATIVE_INFINITY;
    },
  };
}

async function loadKubeconfig(pathOrText: string, context: string | undefined): Promise<KubeConfig> {
  // Takes a third of a second, so only who needs a kubeconfig pays for it.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const isText = pathOrText.includes('\n') || pathOrText.trimStart().startsWith('{');
  const text = isText ? pathOrText : await readFile(pathOrText, 'utf8');
  const folder = isText ? '' : dirname(pathOrText);
  const config = new KubeConfig();
  config.loadFromString(text);
  config.makePathsAbsolute(folder);
  if (context !== undefined) config.setCurrentContext(context);
  useTokenFile(config, text, folder);
  return config;
}

/** client-node knows `tokenFile` only as an auth provider, not as the field that kubectl reads. */
function useTokenFile(config: KubeConfig, text: string, folder: string): void {
  const user = config.getCurrentUser();
  const { users } = parse(text) as { users?: { name: string; user?: { tokenFile?: string } }[] };
  const file = users?.find(({ name }) => name === user?.name)?.user?.tokenFile;
  if (user === null || file === undefined) return;
  const authProvider = { name: 'tokenFile', config: { tokenFile: resolve(folder, file) } };
  Object.assign(user, { token: undefined, authProvider });
}

async function authenticate(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return options;
}

function tlsOf({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): TlsOptions {
  const known = { ca, cert, key, servername, rejectUnauthorized };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)) as TlsOptions;
}

function headersOf({ headers, auth }: RequestOptions): Record<string, string> {
  const named: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) named[name.toLowerCase()] = String(value).trim();
  if (auth) named['authorization'] = `Basic ${Buffer.from(auth).toString('base64')}`;
  return named;
}
