/**
 * What becomes of Argo's signals to a step. SIGTERM is passed on as the exec it is, so that a step ends by itself; if it
 * cannot be, the delegate is withdrawn, for which no stream is needed. SIGKILL ends the delegate in any case: no command
 * inside a container can kill its first process. Argo looks at no answer (workflow/controller/pod/queue.go,
 * `signalContainers`); what is told to the caller is for people.
 */
import type { Pod } from '../../api/index.ts';
import type { Asking } from '../../kube/index.ts';
import type { Steps } from '../source/steps.ts';
import { ELSEWHERE, type Opening, say, toDelegate, type Wanted } from './opening.ts';
import type { Signal } from './signals.ts';

/** How long a SIGTERM may be on its way until it is given up: of a relay or a target that is away nothing is heard. */
const PASS_ON_MS = 5_000;

const ENDING = `the step is told to end; ${ELSEWHERE}`;

export interface Signalled {
  proxy: Pod;
  /** The exec, of which `argos` is the meaning. */
  asked: Wanted;
  argos: Signal;
}

/**
 * Resolves when the exec has ended, or the delegate's target is told.
 *
 * @param deadline until when the target has to be told.
 */
export async function takeSignal(
  { steps, ...opening }: Opening & { steps: Steps },
  asking: Asking,
  { proxy, asked, argos }: Signalled,
  deadline: AbortSignal,
): Promise<void> {
  const { uid } = asked;
  if (argos === 'SIGKILL') await steps.end(uid, 'killed', deadline);
  // Where the delegate is withdrawn already, its kubelet has signalled it.
  if (!steps.isActive(uid)) return say(asking, 501, ENDING);
  // Before it is passed on: Argo 3.7 calls the step completed in the same moment, which is not to signal it once more.
  const isFirst = steps.told(proxy);
  const refused = async (status: number, message: string) => {
    if (!isFirst) return say(asking, status, message);
    await steps.end(uid, 'with its grace', deadline);
    say(asking, 501, ENDING);
  };
  await toDelegate(opening, asking, asked, { refused, withinMs: PASS_ON_MS });
}
