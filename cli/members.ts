/** Names of clusters on the command line. Pure. */
import { isClusterName, UserError } from '../api/index.ts';

/** Throws a UserError for a name that no namespace on the hub could carry. */
export function clusterName(name: string): string {
  if (!isClusterName(name))
    throw new UserError('InvalidClusterName', `${JSON.stringify(name)} is no name of a cluster`);
  return name;
}

/** Adds NAME=KUBECONFIG to what came before. */
export function collectMember(value: string, previous: Record<string, string> = {}): Record<string, string> {
  const [first = '', ...rest] = value.split('=');
  const name = clusterName(first);
  if (rest.length === 0) throw new UserError('InvalidClusterName', `--member ${value}: expected NAME=KUBECONFIG`);
  if (name in previous) throw new UserError('InvalidClusterName', `member ${name} is named twice`);
  return { ...previous, [name]: rest.join('=') };
}
