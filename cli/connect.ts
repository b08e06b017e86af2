/** Clients of the API servers that the command line was given, with errors that say what to do. */
import { UserError } from '../api/index.ts';
import {
  type ApiClient,
  ApiError,
  type Client,
  type Credentials,
  createClient,
  credentialsFromKubeconfig,
} from '../kube/index.ts';

export interface Connection {
  name: string;
  credentials: Credentials;
  client: ApiClient;
}

/**
 * A client with the credentials of a kubeconfig; asks the API server nothing, so that it need not be up. Throws a
 * UserError that names the file.
 */
export async function open(
  name: string,
  kubeconfig: string,
  component: string,
): Promise<Connection & { client: Client }> {
  const credentials = await credentialsFromKubeconfig(kubeconfig).catch((cause: unknown) => {
    throw new UserError('KubeconfigUnusable', `${name}: ${kubeconfig}: ${messageOf(cause)}`, { cause });
  });
  return { name, credentials, client: createClient({ cluster: name, credentials, component, random: Math.random }) };
}

/** The same, and asks the API server for its version. Throws a UserError that names file and server. */
export async function connect(name: string, kubeconfig: string, signal?: AbortSignal): Promise<Connection> {
  const connection = await open(name, kubeconfig, 'cli');
  const { client, credentials } = connection;
  try {
    await client.raw('GET', '/version', { timeoutMs: 10_000, ...(signal === undefined ? {} : { signal }) });
  } catch (cause) {
    await client.close();
    const denied = cause instanceof ApiError && [401, 403].includes(cause.status);
    const reason = denied ? 'PermissionDenied' : 'ApiServerUnreachable';
    throw new UserError(reason, `${name}: ${credentials.server}: ${messageOf(cause)}`, { cause });
  }
  return connection;
}

/** Calls `use` with a client of the hub, which is closed afterwards. */
export async function withHub<T>(kubeconfig: string, use: (hub: ApiClient) => Promise<T>): Promise<T> {
  const { client } = await connect('hub', kubeconfig);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
