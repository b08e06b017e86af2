/**
 * Argo Workflows ends a step (`argo stop`, `argo terminate`, deadlines, the first failure in a container set) by exec
 * into each container of its pod that runs: a command that signals the first process there, SIGTERM at once and SIGKILL
 * after the pod's grace (argo-workflows, workflow/signal/signal.go, `killCommand`).
 */
import { isDeepStrictEqual } from 'node:util';
import { ARGO, type Pod } from '../../api/index.ts';

export interface Exec {
  container: string;
  /** Program and arguments. */
  command: readonly string[];
}

/** SIGTERM and SIGKILL. */
const ENDING = ['15', '9'];

/** Where the executor is in a container; which one depends on Argo's version and the container. */
const EXECUTORS = ['argoexec', '/var/run/argo/argoexec', '/argo-bin/bin/argoexec'];
const USUAL = [...EXECUTORS.map((path) => [path, 'kill', '%d', '1']), ['/bin/sh', '-c', 'kill -%d 1']];

/** Containers that Argo adds. It signals them behind a step that has ended by itself, too. */
const AUXILIARY = ['wait', 'supervisor'];

/**
 * True if this exec is how Argo ends the step: a container of its user is signalled. Beside `main`, others are
 * signalled to clean up as well, behind a `main` that has ended; that is the target agent's own business.
 */
export function endsStep(proxy: Pod, { container, command }: Exec): boolean {
  const isSignal = commandsFor(proxy, container).some((known) => isDeepStrictEqual(known, [...command]));
  if (!isSignal) return false;
  const hasMain = proxy.spec.containers.some(({ name }) => name === 'main');
  return hasMain ? container === 'main' : !AUXILIARY.includes(container);
}

/** Every command by which Argo may tell a container to end; a template's annotation replaces the usual ones. */
function commandsFor({ metadata }: Pod, container: string): string[][] {
  const own = parsed(metadata.annotations?.[`${ARGO.killCommand}${container}`]);
  const templates = own === undefined ? USUAL : [own];
  return templates.flatMap((words) => ENDING.map((signal) => words.map((word) => word.replace('%d', signal))));
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
