import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeCgroup } from './cgroups.ts';
import { withLock } from './lock.ts';
import { removeNetwork } from './network.ts';
import { isAlive } from './process-id.ts';
import { endProcesses } from './processes.ts';
import { findShims, removeLogLinks, removePodNetworks, removeShimSockets, unmountBelow } from './remains.ts';
import { type ClusterState, readState } from './state.ts';

/**
 * Ends everything that the state in a cluster's folder tells of, pods included, and removes the folder.
 * Without a state there is nothing to end. Can be repeated after a failure. Of two that do it at once, one waits.
 */
export async function cleanUp(stateDir: string): Promise<void> {
  if (readState(stateDir) === undefined) return;
  await withLock(
    `${stateDir}.lock`,
    () => undefined,
    () => endAll(stateDir),
  );
}

async function endAll(stateDir: string): Promise<void> {
  const state = readState(stateDir);
  if (state === undefined) return;
  const { containerd, others } = byRole(state);
  // Kubelet and controllers first, so that nobody starts a pod again.
  await endProcesses(others);
  if (state.cgroup !== undefined) await removeCgroup(state.cgroup);
  if (containerd.length > 0) {
    await endProcesses(await findShims(stateDir), 0);
    await endProcesses(containerd);
    await removeShimSockets(stateDir);
    await unmountBelow(stateDir);
    await removeLogLinks(stateDir);
  }
  if (state.bridge !== undefined) await removePodNetworks(state.bridge);
  await removeNetwork(state);
  await rm(stateDir, { recursive: true, force: true });
}

/** Cleans up after runs that were killed: every cluster below the folder whose owner has ended, unless it is to stay. */
export async function cleanUpLeftOvers(stateRoot: string, log: (line: string) => void): Promise<void> {
  if (!existsSync(stateRoot)) return;
  for (const name of await readdir(stateRoot)) {
    const stateDir = join(stateRoot, name);
    const state = readState(stateDir);
    if (state === undefined || state.keep || isAlive(state.owner)) continue;
    log(`removing what a killed run left in ${stateDir}`);
    await cleanUp(stateDir);
  }
}

function byRole({ processes }: ClusterState) {
  return {
    containerd: processes.filter(({ name }) => name === 'containerd'),
    others: processes.filter(({ name }) => name !== 'containerd'),
  };
}
