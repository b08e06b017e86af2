import { createPrivateKey, createPublicKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { library } from './issue.ts';
import { createRequest } from './request.ts';

const { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } = await library();

const wanted = {
  commonName: 'system:node:10.0.0.7',
  organizations: ['system:nodes'],
  dnsNames: ['agent.example'],
  ipAddresses: ['10.0.0.7', 'fd00::7'],
};

it('asks for name, group and addresses, and is signed by the key beside it', async () => {
  const { request, key } = await createRequest(wanted);
  expect(request).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----\n/);
  const read = new Pkcs10CertificateRequest(request);
  expect(await read.verify()).toBe(true);
  expect(read.subjectName.toJSON()).toEqual([{ O: ['system:nodes'] }, { CN: ['system:node:10.0.0.7'] }]);
  const names = read.extensions.find((one) => one instanceof SubjectAlternativeNameExtension)?.names.toJSON();
  expect(names).toEqual([
    { type: 'dns', value: 'agent.example' },
    { type: 'ip', value: '10.0.0.7' },
    { type: 'ip', value: expect.stringMatching(/^fd00:.*:?7$/) },
  ]);
  expect(read.extensions).toHaveLength(1);
  const spki = createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'der' });
  expect(Buffer.from(read.publicKey.rawData).equals(spki)).toBe(true);
});

it('has a new key each time', async () => {
  const [one, other] = await Promise.all([createRequest(wanted), createRequest(wanted)]);
  expect(one.key).not.toBe(other.key);
});

it('refuses an address that is none', async () => {
  await expect(createRequest({ commonName: 'x', ipAddresses: ['localhost'] })).rejects.toThrow('not an IP address');
});
