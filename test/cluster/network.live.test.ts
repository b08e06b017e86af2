import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { WAN } from './apart.ts';
import { claimNetwork, removeNetwork } from './network.ts';
import { identify } from './process-id.ts';
import { run } from './run.ts';
import { readState, writeState } from './state.ts';

/** Half of the slots, so that clusters of other runs find theirs. */
const AT_ONCE = 8;
const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) {
    const state = readState(folder);
    if (state !== undefined) await removeNetwork(state);
    await rm(folder, { recursive: true });
  }
});

async function claim(): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-network-'));
  folders.push(folder);
  writeState(folder, { owner: identify(process.pid), keep: false, processes: [], rules: [] });
  return (await claimNetwork(folder, true)).apart?.netns;
}

it('clusters that start at once get networks of their own', { timeout: 60_000 }, async () => {
  const claims = await Promise.all(Array.from({ length: AT_ONCE }, claim));
  expect(new Set(claims).size).toBe(AT_ONCE);
});

it('one is there though this machine has a link of the name that is used inside', async () => {
  await run('ip', ['link', 'add', 'name', WAN, 'type', 'bridge']);
  try {
    expect(await claim()).toMatch(/^berth\d+$/);
  } finally {
    await run('ip', ['link', 'delete', WAN]);
  }
});
