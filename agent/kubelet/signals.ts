/**
 * Argo Workflows ends a step (`argo stop`, `argo terminate`, deadlines, the first failure in a container set) by exec
 * into each container of its pod that runs: a command that signals the first process there, SIGTERM at once and SIGKILL
 * after the pod's grace (argo-workflows, workflow/signal/signal.go, `killCommand`).
 */
import { isDeepStrictEqual } from 'node:util';
import { ARGO, ARGO_EXECUTORS, type Pod } from '../../api/index.ts';

export interface Exec {
  container: string;
  /** Program and arguments. */
  command: readonly string[];
}

export type Signal = 'SIGTERM' | 'SIGKILL';

/** By their numbers in the commands. A command without a number is the same for both, and the first is what it may be. */
const SIGNALS = [
  ['15', 'SIGTERM'],
  ['9', 'SIGKILL'],
] as const satisfies (readonly [string, Signal])[];

/** Where the executor is in a container; which one depends on Argo's version and the container. */
const EXECUTORS = ['argoexec', '/var/run/argo/argoexec', '/argo-bin/bin/argoexec'];
const USUAL = [...EXECUTORS.map((path) => [path, 'kill', '%d', '1']), ['/bin/sh', '-c', 'kill -%d 1']];

/**
 * The signal by which Argo ends the step, if this exec is one: a container of its user is signalled. Beside `main`,
 * others are signalled to clean up as well, also behind a `main` that has ended; those are execs like any other.
 */
export function endsStep(proxy: Pod, { container, command }: Exec): Signal | undefined {
  const hasMain = proxy.spec.containers.some(({ name }) => name === 'main');
  const isOfUser = hasMain ? container === 'main' : !ARGO_EXECUTORS.includes(container);
  if (!isOfUser) return undefined;
  const templates = commandsFor(proxy, container);
  const isIn = (number: string) =>
    templates.some((words) =>
      isDeepStrictEqual(
        words.map((word) => word.replace('%d', number)),
        [...command],
      ),
    );
  return SIGNALS.find(([number]) => isIn(number))?.[1];
}

/** Every command by which Argo may tell a container to end, `%d` for the signal; a template's annotation replaces the usual ones. */
function commandsFor({ metadata }: Pod, container: string): string[][] {
  const own = parsed(metadata.annotations?.[`${ARGO.killCommand}${container}`]);
  return own === undefined ? USUAL : [own];
}

/** undefined for what Argo could not read either: it sends nothing then. */
function parsed(annotation: string | undefined): string[] | undefined {
  if (annotation === undefined) return undefined;
  try {
    const words: unknown = JSON.parse(annotation);
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : [];
  } catch {
    return [];
  }
}
