import { describe, expect, it } from 'vitest';
import { memoryClient } from '../../kube/testing/memory-client.ts';
import { installResults, removeResults } from './argo.ts';
import type { Applied } from './objects.ts';

const { signal } = new AbortController();
const KIND = 'customresourcedefinitions';
const KEY = `${KIND}//workflowtaskresults.argoproj.io`;
const status = { conditions: [{ type: 'Established', status: 'True' }] };

/** A cluster that serves kinds as soon as they are there. */
function member() {
  const client = memoryClient();
  const { create } = client;
  client.create = async (resource, object) => create(resource, { ...object, ...{ status } });
  return client;
}

const theirs = (name: string, labels?: Record<string, string>): [string, Applied] => [
  `${KIND}//${name}.argoproj.io`,
  { apiVersion: 'v1', kind: 'x', metadata: { name: `${name}.argoproj.io`, ...(labels && { labels }) }, status },
];

describe('the kind of results', () => {
  it('is made where it is not, and taken away again', async () => {
    const client = member();
    await installResults(client, signal);
    await installResults(client, signal);
    await removeResults(client, signal);
    await removeResults(client, signal);
    expect(client.writes).toEqual([`create ${KEY}`, `delete ${KEY}`]);
  });

  it("is left as it is where it is another's", async () => {
    const client = member();
    client.objects.set(...theirs('workflowtaskresults', { app: 'argo' }));
    await installResults(client, signal);
    await removeResults(client, signal);
    expect(client.writes).toEqual([]);
  });

  it('stays where an Argo has come to use it', async () => {
    const client = member();
    await installResults(client, signal);
    client.objects.set(...theirs('workflows'));
    await removeResults(client, signal);
    expect(client.writes).toEqual([`create ${KEY}`]);
  });

  it('passes on failures', async () => {
    const client = member();
    client.create = () => Promise.reject(new Error('no answer'));
    await expect(installResults(client, signal)).rejects.toThrow('no answer');
    client.get = () => Promise.reject(new Error('none at all'));
    await expect(removeResults(client, signal)).rejects.toThrow('none at all');
  });
});
