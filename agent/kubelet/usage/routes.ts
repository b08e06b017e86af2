/** Which requests to a virtual node ask for more than one pod, and what a caller needs for them. */

export type Room = 'summary' | 'resource' | 'pods';

export interface Route {
  room: Room;
  /** Of nodes: any of these is enough (kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz). */
  subresources: readonly string[];
}

const ROUTES: Record<string, Route> = {
  '/stats/summary': { room: 'summary', subresources: ['stats'] },
  '/metrics/resource': { room: 'resource', subresources: ['metrics'] },
  '/pods': { room: 'pods', subresources: ['pods', 'proxy'] },
  '/pods/': { room: 'pods', subresources: ['pods', 'proxy'] },
};

/** Undefined for any other path; whatever the query says, all is told. */
export function routeOf(url: string): Route | undefined {
  const [path = ''] = url.split('?');
  return ROUTES[path];
}
