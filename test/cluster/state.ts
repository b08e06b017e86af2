import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessId } from './process-id.ts';

export type OwnedProcess = ProcessId & { readonly name: string };

/** A rule of iptables without its `-A` or `-D`. */
export type FirewallRule = { readonly table: string; readonly chain: string; readonly rule: readonly string[] };

/** What a cluster has on this machine; enough to end it all without the process that started it. */
export type ClusterState = {
  /** The process that may use the cluster; when it has ended, the cluster is a left-over, unless `keep`. */
  readonly owner: ProcessId;
  readonly keep: boolean;
  readonly processes: readonly OwnedProcess[];
  readonly rules: readonly FirewallRule[];
  readonly bridge?: string;
  readonly netns?: string;
  readonly cgroup?: string;
};

const FILE = 'state.json';

/** The state kept in a cluster's folder, or undefined when there is none. */
export function readState(stateDir: string): ClusterState | undefined {
  const file = join(stateDir, FILE);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ClusterState) : undefined;
}

/** Synchronous, so that nothing is started between a start and its record. */
export function writeState(stateDir: string, state: ClusterState): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const unfinished = join(stateDir, `.${FILE}`);
  writeFileSync(unfinished, JSON.stringify(state, undefined, 2));
  renameSync(unfinished, join(stateDir, FILE));
}

/** Changes the recorded state. Throws when there is none: the cluster was ended meanwhile. */
export function updateState(stateDir: string, change: (state: ClusterState) => Partial<ClusterState>): void {
  const state = readState(stateDir);
  if (state === undefined) throw new Error(`the cluster in ${stateDir} has been ended`);
  writeState(stateDir, { ...state, ...change(state) });
}
