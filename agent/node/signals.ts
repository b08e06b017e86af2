/**
 * Argo Workflows ends a step (`argo stop`, `argo terminate`, deadlines, the first failure in a container set) by exec
 * into each container of its pod that runs: a command that signals the first process there, SIGTERM first and, after the
 * pod's grace, SIGKILL (argo-workflows, workflow/signal/signal.go, `killCommand`).
 */
import { ARGO, type Pod } from '../../api/index.ts';

export interface Exec {
  container: string;
  command: readonly string[];
}

/** SIGTERM and SIGKILL. */
const ENDING = ['15', '9'];

/** Containers that Argo adds. They are told to end too, also after a step that ended by itself. */
const AUXILIARY = ['wait', 'supervisor'];

/**
 * True if this exec is Argo's way to end the step: its user's containers are signalled. For others, where `main` is
 * among them, the signal only cleans up behind a step that has ended; the target's agent does that.
 */
export function endsStep(proxy: Pod, exec: Exec): boolean {
  if (!commandsOf(proxy, exec.container).some((command) => isDeepEqual(command, exec.command))) return false;
  const hasMain = proxy.spec.containers.some(({ name }) => name === 'main');
  return hasMain ? exec.container === 'main' : !AUXILIARY.includes(exec.container);
}

/** Every command by which Argo may signal a container to end. */
function commandsOf({ metadata }: Pod, container: string): string[][] {
  const own = templateOf(metadata.annotations?.[`${ARGO.killCommand}${container}`]);
  const argoexec = ['argoexec', '/var/run/argo/argoexec', '/argo-bin/argoexec'];
  const templates = own ?? [...argoexec.map((path) => [path, 'kill', '%d', '1']), ['/bin/sh', '-c', 'kill -%d 1']];
  const given = own === undefined ? templates : [own];
  return given.flatMap((template) =>
    ENDING.map((number) => (template as string[]).map((word) => word.replace('%d', number))),
  );
}
