/** The source's side of a stream: asks the agent of the target for it. */
import { type Asking, agreed, type Opened, openOver } from '../../kube/index.ts';
import { type Call, callPath } from './paths.ts';
import type { ConnectTo } from './ways.ts';

/** Opens on the delegate in this target what was asked of its proxy; `signal` ends it. Rejects as ConnectTo does. */
export type OpenDelegate = (target: string, call: Call, asking: Asking, signal: AbortSignal) => Promise<Opened>;

export const dialling =
  (connectTo: ConnectTo): OpenDelegate =>
  async (target, call, { request }, signal) => {
    const connection = await connectTo(target, signal);
    const method = request.method === 'POST' ? 'POST' : 'GET';
    return openOver(connection, { method, path: callPath(call), headers: agreed(request.headers), signal });
  };
