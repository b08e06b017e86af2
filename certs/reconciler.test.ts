import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { memoryClient } from '../kube/testing/memory-client.ts';
import { silentLog } from '../kube/testing/silent-log.ts';
import { createAuthority, issue } from './issue.ts';
import { createKeeper } from './reconciler.ts';
import { dataOf, type Secret } from './secret.ts';

const KEY = 'secrets/berth-system/berth-webhook-tls';
const DAY = 86_400_000;
const START = Date.parse('2030-01-01T00:00:00Z');
const { signal } = new AbortController();

function setUp() {
  const client = memoryClient();
  const log = silentLog();
  let now = START;
  const keeper = (...names: string[]) => createKeeper({ client, log, names, now: () => now });
  const secret = () => client.objects.get(KEY) as Secret;
  const garble = (data: Record<string, string>) => client.objects.set(KEY, { ...secret(), data } as Secret);
  return { client, log, keeper, secret, garble, pass: (days: number) => (now += days * DAY) };
}

/** Whether the serving certificate is signed by one of the bundle. */
const trusted = ({ serving, bundle }: { serving: { cert: string }; bundle: string }): boolean => {
  const cert = new X509Certificate(serving.cert);
  const authorities = bundle.split(/(?<=END CERTIFICATE-----\n)/).map((pem) => new X509Certificate(pem));
  return authorities.some((authority) => cert.verify(authority.publicKey));
};
const count = (bundle: string): number => bundle.split('BEGIN').length - 1;

describe('createKeeper', () => {
  it('makes one Secret, which every process uses, also one that starts later', async () => {
    const { client, keeper } = setUp();
    const [one, two] = await Promise.all([keeper('10.0.0.1').keep(signal), keeper('10.0.0.1').keep(signal)]);
    expect(two).toEqual(one);
    expect(await keeper('10.0.0.1').keep(signal)).toEqual(one);
    expect(client.writes).toEqual([`create ${KEY}`]);
    expect(trusted(one)).toBe(true);
    expect(new X509Certificate(one.serving.cert).checkIP('10.0.0.1')).toBe('10.0.0.1');
    expect(one.wakeAt).toBe(START + 60 * DAY);
  });

  it('covers the names of all processes', async () => {
    const { keeper } = setUp();
    await keeper('10.0.0.1', 'a.example').keep(signal);
    const { serving } = await keeper('::1').keep(signal);
    const cert = new X509Certificate(serving.cert);
    expect([cert.checkIP('10.0.0.1'), cert.checkHost('a.example'), cert.checkIP('::1')]).not.toContain(undefined);
  });

  it('renews the serving certificate under the same authority', async () => {
    const { keeper, pass } = setUp();
    const first = await keeper('a').keep(signal);
    pass(60);
    const second = await keeper('a').keep(signal);
    expect(second.bundle).toBe(first.bundle);
    expect(second.serving.cert).not.toBe(first.serving.cert);
    expect(trusted(second)).toBe(true);
  });

  it('brings in a new authority before it signs, and lets go of the old one at last', async () => {
    const { keeper, pass, secret } = setUp();
    const one = keeper('a');
    const before = await one.keep(signal);
    for (let days = 0; days < (5 * 365 * 2) / 3 - 60; days += 59) {
      pass(59);
      expect(trusted(await one.keep(signal))).toBe(true);
    }
    pass(60);
    const during = await one.keep(signal);
    expect(during.bundle).toContain(before.bundle);
    expect(count(during.bundle)).toBe(2);
    expect(Buffer.from(secret().data?.['ca.crt'] ?? '', 'base64').toString()).toBe(during.bundle);
    pass(1);
    const after = await one.keep(signal);
    expect(after.serving.cert).not.toBe(during.serving.cert);
    expect(trusted({ ...after, bundle: during.bundle.replace(before.bundle, '') })).toBe(true);
    pass(90);
    expect((await one.keep(signal)).bundle).toBe(during.bundle.replace(before.bundle, ''));
  });

  it.each([
    ['is deleted', undefined],
    ['is emptied', {}],
    ['holds no PEM', { 'ca.crt': 'AAAA', 'ca.key': 'AAAA', 'tls.crt': 'AAAA', 'tls.key': 'AAAA' }],
  ])('makes the Secret anew that %s, tells so, and serves on by what was', async (_, data) => {
    const { client, keeper, log, garble } = setUp();
    const one = keeper('a');
    const before = await one.keep(signal);
    if (data === undefined) client.objects.delete(KEY);
    else garble(data);
    const after = await one.keep(signal);
    expect(after.serving).toEqual(before.serving);
    expect(after.bundle).toContain(before.bundle);
    expect(log.entries.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      expect.stringMatching(/the Secret is (gone|unusable), made anew/),
    ]);
    // Whoever starts now shares it.
    expect(await keeper('a').keep(signal)).toEqual(after);
  });

  it('makes anew what does not belong together, with nothing to go on by', async () => {
    const { keeper, secret, garble } = setUp();
    const { bundle } = await keeper('a').keep(signal);
    const data = secret().data ?? {};
    const now = () => START;
    const [other, strange] = await Promise.all([
      createAuthority({ commonName: 'other', days: 1, now }),
      createAuthority({ commonName: 'other', days: 1, now }),
    ]);
    const leaf = await issue(other, { commonName: 'x', usage: 'server', days: 1, now });
    const pair = (authority: typeof other, serving: typeof leaf) => dataOf({ authority, former: [], serving });
    for (const wrong of [
      { ...data, 'ca.key': data['tls.key'] ?? '' },
      { ...data, 'tls.key': data['ca.key'] ?? '' },
      pair({ ...other, key: strange.key }, leaf),
      pair({ ...strange, ...leaf }, leaf),
    ]) {
      garble(wrong);
      const made = await keeper('a').keep(signal);
      expect(made.bundle).not.toBe(bundle);
      expect(count(made.bundle)).toBe(1);
      expect(trusted(made)).toBe(true);
    }
    // The pair is good, but nobody trusts who signed it.
    garble({ ...data, 'tls.crt': pair(other, leaf)['tls.crt'] ?? '', 'tls.key': pair(other, leaf)['tls.key'] ?? '' });
    const resigned = await keeper('a').keep(signal);
    expect(resigned.bundle).toBe(bundle);
    expect(trusted(resigned)).toBe(true);
  });

  it('takes what another process wrote at the same time', async () => {
    const { client, keeper, pass } = setUp();
    await keeper('a').keep(signal);
    pass(60);
    const results = await Promise.all([1, 2, 3].map(() => keeper('a').keep(signal)));
    expect(new Set(results.map(({ serving }) => serving.cert)).size).toBe(1);
    expect(client.writes).toHaveLength(2);
  });

  it('passes on a failure that is none of these', async () => {
    const { client, keeper } = setUp();
    client.get = () => Promise.reject(new Error('no answer'));
    await expect(keeper('a').keep(signal)).rejects.toThrow('no answer');
  });
});
