/**
 * What an API server asks of a kubelet for `kubectl logs`, `exec`, `attach` and `port-forward`
 * (k8s.io/kubernetes, pkg/registry/core/pod/strategy.go, `streamLocation`), in the terms of the pods' API.
 */
import { type Action, type Call, known } from '../streams/paths.ts';

export interface KubeletRequest {
  namespace: string;
  pod: string;
  /** Undefined for port-forward. */
  container?: string;
  action: Action;
  parameters: Call['parameters'];
}

const ACTIONS = { containerLogs: 'log', exec: 'exec', attach: 'attach', portForward: 'portforward' } as const;

/** Parameters that kubelets have other names for (k8s.io/api, core/v1/types.go, `ExecStdinParam` and the like). */
const NAMES: Record<string, string> = { input: 'stdin', output: 'stdout', error: 'stderr', port: 'ports' };
const FLAGS = ['stdin', 'stdout', 'stderr', 'tty'];

/** DNS names, as those of all pods, namespaces and containers are. */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** Undefined for what is no such request. */
export function readRequest(url: string): KubeletRequest | undefined {
  const [route = '', query = ''] = url.split(/\?(.*)/s);
  const [root, room = '', namespace = '', pod = '', ...rest] = route.split('/');
  if (root !== '' || !isRoom(room)) return undefined;
  const action = ACTIONS[room];
  const container = containerIn(action, rest);
  if (container === false || ![namespace, pod, container ?? 'none'].every((name) => NAME.test(name))) return undefined;
  const own = container === undefined ? [] : ([['container', container]] as const);
  const asked = [...new URLSearchParams(query)].flatMap(renamed).filter(([name]) => name !== 'container');
  return { namespace, pod, action, ...(container && { container }), parameters: known(action, [...own, ...asked]) };
}

const isRoom = (text: string): text is keyof typeof ACTIONS => Object.hasOwn(ACTIONS, text);

/** The last part of the path; before it there may be the pod's UID. False if there are too many parts or too few. */
function containerIn(action: Action, rest: readonly string[]): string | undefined | false {
  if (action === 'portforward') return rest.length <= 1 ? undefined : false;
  const most = action === 'log' ? 1 : 2;
  return rest.length >= 1 && rest.length <= most ? (rest.at(-1) ?? false) : false;
}

function renamed([name, value]: [string, string]): [string, string][] {
  const to = NAMES[name] ?? name;
  if (to === 'ports') return value.split(',').map((port) => [to, port]);
  return [[to, FLAGS.includes(to) && value === '1' ? 'true' : value]];
}
