/** kubectl by all of its ways: what it shows of a proxy is what it shows of the delegate. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe } from 'vitest';
import type { Pod } from '../../api/index.ts';
import { readEnv } from '../cluster/env.ts';
import { run } from '../cluster/run.ts';
import { test } from '../journeys/fleet.ts';
import { UNTIL_TOLD } from '../journeys/pods.ts';
import { eventually } from '../journeys/steps.ts';
import { KUBECTLS, pathTo } from './kubectls.ts';
import { begun, hashOf, startWith } from './pods.ts';

const BYTES = randomBytes(10_000_000);

const restarts = ({ status }: Pod) => status?.containerStatuses?.map(({ restartCount }) => restartCount);

describe.concurrent('kubectl', () => {
  test.for(KUBECTLS)(
    '%s follows logs, and enters with bytes, errors and an exit code',
    async ([, kubectl], { begin, expect }) => {
      const { proxy, delegate } = await begun(await begin(), 'entered', `echo a line; ${UNTIL_TOLD}`);
      for (const view of [proxy, delegate]) {
        const log = await startWith(kubectl, view, 'logs', ['-f']);
        const line = await new Promise((resolve) => log.child.stdout?.once('data', (chunk) => resolve(String(chunk))));
        log.child.kill('SIGINT');
        await log.ended;
        expect(line).toBe('a line\n');
        const exec = await startWith(kubectl, view, 'exec', ['-i', '--', 'sh', '-c', 'cat; echo err >&2; exit 3']);
        exec.child.stdin?.end(BYTES);
        const stderr = 'err\ncommand terminated with exit code 3\n';
        expect(await exec.ended).toEqual({ code: 3, length: BYTES.length, hash: hashOf(BYTES), stderr });
      }
      const spoken = await (await startWith(kubectl, proxy, 'exec', ['-v=4', '--', 'true'])).ended;
      expect(spoken.stderr).toMatch(kubectl.agrees);
      expect(spoken.stderr).not.toContain('fallback');
    },
  );

  test.for(KUBECTLS)(
    '%s attaches, sees what the delegate says, and leaves it alone',
    async ([, kubectl], { begin, expect }) => {
      const lines =
        "until [ -e /tmp/go ]; do echo waits; sleep 0.2; done; echo begun; yes 'a line' | head -n 500000; echo no >&2";
      const journey = await begin();
      const { proxy, delegate } = await begun(journey, 'attached', `${lines}; echo over; ${UNTIL_TOLD}`);
      const both = await Promise.all([proxy, delegate].map((view) => startWith(kubectl, view, 'attach', [])));
      const said = both.map(({ child }) => collected(child.stdout));
      await eventually('both hear it', async () => said.every((one) => one().includes('waits')) || undefined);
      await (await startWith(kubectl, proxy, 'exec', ['--', 'touch', '/tmp/go'])).ended;
      await eventually('both hear the end', async () => said.every((one) => one().endsWith('over\n')) || undefined);
      for (const { child, ended } of both) {
        child.kill('SIGINT');
        expect((await ended).stderr).toContain('no\n');
      }
      const [home, away] = said.map((one) => one().slice(one().indexOf('begun')));
      expect(hashOf(Buffer.from(home ?? ''))).toBe(hashOf(Buffer.from(away ?? '')));
      expect(home?.length).toBe('begun\nover\n'.length + 500_000 * 'a line\n'.length);
      const { name, namespace } = delegate.pod.metadata;
      const after = await journey.target.api.get<Pod>('pods', name, { namespace });
      expect([after.status?.phase, restarts(after)]).toEqual(['Running', [0]]);
    },
  );

  test.for(KUBECTLS)('%s copies a folder there and back', async ([, kubectl], { begin, expect }) => {
    const { proxy } = await begun(await begin(), 'copied');
    const { name, namespace } = proxy.pod.metadata;
    const folder = await mkdtemp(join(tmpdir(), 'berth-cp-'));
    const [there, back] = [join(folder, 'there'), join(folder, 'back')];
    const files = { 'a file': BYTES, empty: Buffer.alloc(0), 'in/deep': Buffer.from('deep') };
    const path = await pathTo(kubectl);
    const env = { ...readEnv().processEnv, ...kubectl.env };
    const cp = (from: string, to: string) =>
      run(path, ['--kubeconfig', proxy.site.kubeconfig, 'cp', from, to], { env, timeout: 60_000 });
    try {
      await mkdir(join(there, 'in'), { recursive: true });
      for (const [file, bytes] of Object.entries(files)) await writeFile(join(there, file), bytes);
      await cp(there, `${namespace}/${name}:/tmp/copy`);
      await cp(`${namespace}/${name}:/tmp/copy`, back);
      expect((await readdir(back, { recursive: true })).toSorted()).toEqual(['a file', 'empty', 'in', 'in/deep']);
      for (const [file, bytes] of Object.entries(files))
        expect([file, hashOf(await readFile(join(back, file)))]).toEqual([file, hashOf(bytes)]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** What was read so far. */
function collected(stream: Readable | null): () => string {
  const chunks: string[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(String(chunk)));
  return () => chunks.join('');
}
