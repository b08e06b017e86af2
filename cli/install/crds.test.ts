import { describe, expect, it } from 'vitest';
import { memoryClient } from '../../kube/testing/memory-client.ts';
import { checkCrds, readCrds } from './crds.ts';
import type { Applied } from './objects.ts';

const { signal } = new AbortController();
const NAME = 'clusters.multicluster.admiralty.io';

/** A hub that has our CRDs, one of them changed. */
async function hubWith(change: (spec: { names: object; versions: object[] }) => object) {
  const hub = memoryClient();
  const crds = await readCrds();
  for (const crd of crds) {
    const spec = crd['spec'] as { names: object; versions: object[] };
    const changed = crd.metadata.name === NAME ? { ...crd, spec: change(spec) } : crd;
    hub.objects.set(`customresourcedefinitions//${crd.metadata.name}`, changed as Applied);
  }
  return { hub, crds };
}

describe('checkCrds', () => {
  it('takes a hub without them, with them, and with older ones', async () => {
    const crds = await readCrds();
    await checkCrds(memoryClient(), crds, signal);
    const same = await hubWith((spec) => spec);
    await checkCrds(same.hub, crds, signal);
    const older = await hubWith((spec) => ({ ...spec, versions: [{ name: 'v1alpha1', schema: {} }] }));
    await checkCrds(older.hub, crds, signal);
  });

  it('refuses a newer version, and what is not ours', async () => {
    const newer = await hubWith((spec) => ({ ...spec, versions: [...spec.versions, { name: 'v1' }] }));
    const error = checkCrds(newer.hub, newer.crds, signal);
    await expect(error).rejects.toThrow(`the hub has ${NAME} in version v1, of a newer Berth`);
    await expect(error).rejects.toMatchObject({ reason: 'ForeignCrd' });
    const foreign = await hubWith((spec) => ({ ...spec, names: { kind: 'Cluster', categories: ['all'] } }));
    await expect(checkCrds(foreign.hub, foreign.crds, signal)).rejects.toThrow(`${NAME} that is not of Berth`);
  });

  it('passes on a failure of the hub', async () => {
    const hub = memoryClient();
    hub.get = () => Promise.reject(new Error('no answer'));
    await expect(checkCrds(hub, await readCrds(), signal)).rejects.toThrow('no answer');
  });
});
