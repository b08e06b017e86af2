/** What an agent asks of another for the delegate of one of its proxies, as a path; and what that becomes in the target. */

/** What can be opened on a pod, and which parameters its API takes for that (Kubernetes API reference, Pod, Misc operations). */
const PARAMETERS = {
  log: [
    'container',
    'follow',
    'insecureSkipTLSVerifyBackend',
    'limitBytes',
    'previous',
    'sinceSeconds',
    'sinceTime',
    'stream',
    'tailLines',
    'timestamps',
  ],
  exec: ['container', 'command', 'stdin', 'stdout', 'stderr', 'tty'],
  attach: ['container', 'stdin', 'stdout', 'stderr', 'tty'],
  portforward: ['ports'],
} as const satisfies Record<string, readonly string[]>;

/** A subresource of pods. */
export type Action = keyof typeof PARAMETERS;

export interface Call {
  /** UID of the proxy. */
  uid: string;
  action: Action;
  /** In the terms of the pods' API, in their order; `command` may be there many times. */
  parameters: readonly (readonly [name: string, value: string])[];
}

const UID = /^[0-9a-zA-Z-]{1,64}$/;
const isAction = (text: string): text is Action => Object.hasOwn(PARAMETERS, text);

/** `/v1/delegates/<UID of the proxy>/<action>?…` */
export const callPath = ({ uid, action, parameters }: Call): string =>
  `/v1/delegates/${uid}/${action}${queryOf(parameters)}`;

/** The call in a path that `callPath` made; undefined for any other path. Parameters that the action does not know are left out. */
export function parseCall(path: string): Call | undefined {
  const [route = '', query = ''] = split(path, '?');
  const [root, version, room, uid = '', action = '', ...more] = route.split('/');
  if (root !== '' || version !== 'v1' || room !== 'delegates' || more.length > 0) return undefined;
  if (!UID.test(uid) || !isAction(action)) return undefined;
  return { uid, action, parameters: known(action, [...new URLSearchParams(query)]) };
}

/** Of the parameters those that the action has. */
export function known(action: Action, parameters: Call['parameters']): Call['parameters'] {
  const names: readonly string[] = PARAMETERS[action];
  return parameters.filter(([name]) => names.includes(name));
}

/** Path of the same on the delegate's own API server. */
export const podPath = (pod: { namespace: string; name: string }, { action, parameters }: Call): string =>
  `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/${action}${queryOf(parameters)}`;

function queryOf(parameters: Call['parameters']): string {
  const query = new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value]));
  return query.size === 0 ? '' : `?${query}`;
}

/** In two, at the first `mark`. */
function split(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
