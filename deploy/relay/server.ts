/** The relay's port: agents dial in, and say what for by the path that they ask to upgrade. */
import { randomBytes } from 'node:crypto';
import { isClusterName, RELAY } from '../../api/index.ts';
import {
  type AgentsPort,
  type AgentsPortOptions,
  type ApiClient,
  type Asking,
  agreeOn,
  createAgentsPort,
  refuse,
  splice,
} from '../../kube/index.ts';
import { Exchange } from './exchange.ts';
import { type Agent, identify, mayDial } from './identity.ts';
import type { Standing } from './standing.ts';

export interface RelayServerOptions extends Pick<AgentsPortOptions, 'maxStrangers' | 'patienceMs' | 'log'> {
  /** The hub, as the relay's own service account. */
  hub: ApiClient;
  /** Of whoever is connected. */
  standing: Standing;
  /** Streams of one member; see Exchange. */
  maxStreams?: number;
  /** How long nothing may move in a stream before it is ended, in milliseconds; 4 h if left out, as kubelets have it. */
  streamIdleMs?: number;
  /** Told how many bytes of a stream have gone through. */
  onCopied?: (bytes: number) => void;
}

const HUB_MS = 10_000;
/** KubeletConfiguration, `streamingConnectionIdleTimeout`. */
const STREAM_IDLE_MS = 4 * 3_600_000;

/** Serves nobody until it has a certificate and listens. */
export function createRelayServer(options: RelayServerOptions): AgentsPort {
  const exchange = new Exchange({ newId: () => randomBytes(16).toString('hex'), ...options });
  return createAgentsPort({
    ...options,
    protocol: RELAY.protocol,
    identify: (authorization, signal) => identify(options.hub, authorization, signal),
    take: (asking, agent) => {
      options.standing.enter(agent, asking.request.headers.authorization, asking.socket);
      return serve(options, exchange, asking, agent);
    },
  });
}

async function serve(
  options: RelayServerOptions,
  exchange: Exchange,
  asking: Asking,
  { member }: Agent,
): Promise<void> {
  const { request, socket } = asking;
  const { url = '' } = request;
  if (url === RELAY.link) {
    agreeOn(RELAY.protocol, asking);
    if (!exchange.link(member, socket)) options.log.info({ cluster: member }, 'an agent is linked');
    return;
  }
  if (url.startsWith(RELAY.fetch)) {
    agreeOn(RELAY.protocol, asking);
    if (!exchange.fetch(member, url.slice(RELAY.fetch.length), socket)) socket.destroy();
    return;
  }
  if (!url.startsWith(RELAY.dial)) return refuse(asking, 404, 'nothing is served under this path');
  return dial(options, exchange, asking, { source: member, target: url.slice(RELAY.dial.length) });
}

type Pair = Parameters<typeof mayDial>[1];

async function dial(options: RelayServerOptions, exchange: Exchange, asking: Asking, pair: Pair): Promise<void> {
  const { hub, streamIdleMs = STREAM_IDLE_MS, onCopied } = options;
  const { source, target } = pair;
  if (!isClusterName(target) || !(await mayDial(hub, pair, AbortSignal.timeout(HUB_MS))))
    return refuse(asking, 403, `${source} may not delegate to ${JSON.stringify(target)}`);
  const left = new AbortController();
  asking.socket.once('close', () => left.abort());
  const { connection, close } = await exchange.dial(source, target, left.signal);
  try {
    agreeOn(RELAY.protocol, asking);
    asking.request.socket.setTimeout(streamIdleMs, () => asking.socket.destroy());
    if (onCopied !== undefined)
      for (const end of [asking.socket, connection]) end.on('data', ({ length }: Buffer) => onCopied(length));
    await splice(asking.socket, connection);
  } finally {
    close();
  }
}
