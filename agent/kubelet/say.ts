/** Answers of a kubelet. */
import { type Asking, refuse } from '../../kube/index.ts';

/**
 * As kubelets do: in plain text, which API servers put into a `Status` of their own. What asked for an upgrade they pass
 * on as it is, so that it has to be one.
 */
export function say(asking: Asking, code: number, message: string): void {
  if (asking.socket.destroyed) return;
  if (asking.response === undefined) refuse(asking, code, message);
  else asking.response.writeHead(code, { 'content-type': 'text/plain' }).end(message);
}
