/** The webhook's server in a process of its own, without a cluster: says where it is, collects garbage when told, ends with us. */
import type { AddressInfo } from 'node:net';
import { createAuthority, issue } from '../../certs/issue.ts';
import { DEFAULT_PROXY_IMAGE } from '../../webhook/proxy.ts';
import { buildServer } from '../../webhook/server.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: console.error };
const authority = await createAuthority({ commonName: 'test', days: 1, now: Date.now });
const request = { commonName: 'test', ipAddresses: ['127.0.0.1'], usage: 'server', days: 1, now: Date.now } as const;
const tls = await issue(authority, request);
const server = buildServer({ log, image: DEFAULT_PROXY_IMAGE, tls });
await server.listen({ host: '127.0.0.1', port: 0 });

process.on('message', () => {
  globalThis.gc?.();
  process.send?.('collected');
});
process.on('disconnect', () => process.exit());
process.send?.({ port: (server.server.address() as AddressInfo).port, ca: authority.cert });
