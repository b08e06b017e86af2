import { X509Certificate as NodeCertificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, connect as tlsConnect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { createAuthority, issue, loadAuthority } from './issue.ts';

const now = () => Date.parse('2030-01-01T00:00:00Z');
const authority = () => createAuthority({ commonName: 'test-ca', days: 10, now });

describe('createAuthority', () => {
  it('makes a self-signed authority, valid as long as asked', async () => {
    const cert = new NodeCertificate((await authority()).cert);
    expect(cert.ca).toBe(true);
    expect(cert.verify(cert.publicKey)).toBe(true);
    expect(cert.subject).toBe('CN=test-ca');
    expect(Date.parse(cert.validTo)).toBe(Date.parse('2030-01-11T00:00:00Z'));
    expect(Date.parse(cert.validFrom)).toBeLessThan(now());
  });
});

describe('issue', () => {
  it('names the subject, its groups and its addresses, and is signed by the authority', async () => {
    const ca = await authority();
    const pems = await issue(ca, {
      commonName: 'admin',
      organizations: ['system:masters', 'ops'],
      dnsNames: ['a.example', 'localhost'],
      ipAddresses: ['127.0.0.1', '::1'],
      usage: 'both',
      days: 1,
      now,
    });
    const cert = new NodeCertificate(pems.cert);
    const issuer = new NodeCertificate(ca.cert);
    expect(cert.checkIssued(issuer) && cert.verify(issuer.publicKey)).toBe(true);
    expect(cert.ca).toBe(false);
    expect(cert.subject.split('\n')).toEqual(['O=system:masters', 'O=ops', 'CN=admin']);
    expect(cert.checkHost('a.example')).toBe('a.example');
    expect(cert.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(cert.checkIP('::1')).toBe('::1');
    expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  });

  it.each([
    ['server', ['1.3.6.1.5.5.7.3.1']],
    ['client', ['1.3.6.1.5.5.7.3.2']],
  ] as const)('restricts a %s certificate to its usage', async (usage, oids) => {
    const pems = await issue(await authority(), { commonName: 'x', usage, days: 1, now });
    expect(new NodeCertificate(pems.cert).keyUsage).toEqual(oids);
  });

  it('refuses an address that is none', async () => {
    const request = { commonName: 'x', ipAddresses: ['localhost'], usage: 'server', days: 1, now } as const;
    await expect(issue(await authority(), request)).rejects.toThrow('not an IP address: localhost');
  });

  it('serves TLS that a client with the authority trusts', async () => {
    const ca = await createAuthority({ commonName: 'ca', days: 1, now: Date.now });
    const pems = await issue(ca, {
      commonName: 'server',
      dnsNames: ['localhost'],
      usage: 'server',
      days: 1,
      now: Date.now,
    });
    const server = createServer(pems).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = tlsConnect({ host: '127.0.0.1', port, ca: ca.cert, servername: 'localhost' });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    socket.destroy();
    server.close();
  });
});

describe('loadAuthority', () => {
  it('signs as the authority that was saved', async () => {
    const saved = await authority();
    const loaded = await loadAuthority({ cert: saved.cert, key: saved.key });
    const pems = await issue(loaded, { commonName: 'x', usage: 'client', days: 1, now });
    expect(new NodeCertificate(pems.cert).verify(new NodeCertificate(saved.cert).publicKey)).toBe(true);
  });

  it('refuses a key of another authority', async () => {
    const [one, other] = await Promise.all([authority(), authority()]);
    await expect(loadAuthority({ cert: one.cert, key: other.key })).rejects.toThrow('does not belong');
  });

  it('refuses a certificate that cannot sign', async () => {
    const pems = await issue(await authority(), { commonName: 'x', usage: 'client', days: 1, now });
    await expect(loadAuthority(pems)).rejects.toThrow("not an authority's");
  });
});
