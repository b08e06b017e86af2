/** The kubectls that enter pods: a new one by both of its ways, and one that is too old to know WebSockets. */
import { ensureBinaries, pathOf } from '../cluster/binaries.ts';
import { KUBERNETES_VERSION } from '../cluster/build-plan.ts';
import { readEnv } from '../cluster/env.ts';

export interface Kubectl {
  version: string;
  env: Readonly<Record<string, string>>;
  /** In what it says at `-v=4` of the protocol that was agreed on. */
  agrees: RegExp;
}

/** The last version of Kubernetes 1.28, the newest minor version whose kubectl knows SPDY alone. */
const OLD = '1.28.15';

const ways = (websockets: 'true' | 'false') => ({
  KUBECTL_REMOTE_COMMAND_WEBSOCKETS: websockets,
  KUBECTL_PORT_FORWARD_WEBSOCKETS: websockets,
});

export const WEBSOCKETS: Kubectl = {
  version: KUBERNETES_VERSION,
  env: ways('true'),
  agrees: /The subprotocol is v5\.channel\.k8s\.io/,
};
export const SPDY: Kubectl = { version: KUBERNETES_VERSION, env: ways('false'), agrees: /^(?!.*The subprotocol is)/s };
export const OLD_SPDY: Kubectl = { ...SPDY, version: OLD, env: {} };

/** For `test.for`. */
export const KUBECTLS: readonly (readonly [string, Kubectl])[] = [
  [`kubectl ${KUBERNETES_VERSION} over WebSockets`, WEBSOCKETS],
  [`kubectl ${KUBERNETES_VERSION} over SPDY`, SPDY],
  [`kubectl ${OLD}`, OLD_SPDY],
];

/** Its path; built if need be, in a minute or two. */
export async function pathTo({ version }: Kubectl): Promise<string> {
  const binaries = await ensureBinaries(['kubectl'], { env: readEnv(), log: console.log, kubernetes: version });
  return pathOf(binaries, 'kubectl');
}
