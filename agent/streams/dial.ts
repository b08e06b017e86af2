/** The source's side of a stream: asks the agent of the target for it. */
import { RELAY } from '../../api/index.ts';
import { type Asking, agreed, type Opened, openOver } from '../../kube/index.ts';
import { type Call, callPath } from './paths.ts';
import type { Connect } from './relay.ts';

/** Opens on the delegate in this target what was asked of its proxy; `signal` ends it. Rejects as Connect does. */
export type OpenDelegate = (target: string, call: Call, asking: Asking, signal: AbortSignal) => Promise<Opened>;

export const dialling =
  (connect: Connect): OpenDelegate =>
  async (target, call, { request }, signal) => {
    const connection = await connect(RELAY.dial + target, signal);
    const method = request.method === 'POST' ? 'POST' : 'GET';
    return openOver(connection, { method, path: callPath(call), headers: agreed(request.headers), signal });
  };
