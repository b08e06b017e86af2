import { expect, it } from 'vitest';
import { parseAdvertise, parseListen } from './address.ts';

it.each(['x', '127.0.0.1', ':80', '127.0.0.1:99999', '[x]:80', '0.0.0.0:8443', '[::]:8443'])(
  'refuses %j as an address',
  (listen) => {
    const reason = expect.objectContaining({ reason: 'InvalidAddress' });
    expect(() => parseListen({ listen }, 'API servers need')).toThrow(reason);
    expect(() => parseListen({ listen }, 'API servers need')).toThrow(`--listen ${listen}: `);
  },
);

it('takes addresses, and any to listen on with one to advertise', () => {
  expect(parseListen({ listen: '127.0.0.1:8443' }, 'agents need')).toEqual({ host: '127.0.0.1', port: 8443 });
  expect(parseListen({ listen: '[::1]:0' }, 'agents need')).toEqual({ host: '::1', port: 0 });
  expect(parseListen({ listen: '0.0.0.0:1', advertise: 'a.b.svc:443' }, 'agents need')).toEqual({
    host: '0.0.0.0',
    port: 1,
  });
  expect(parseListen({ listen: '[::]:1', advertise: '::1' }, 'agents need')).toEqual({ host: '::', port: 1 });
  expect(() => parseListen({ listen: '0.0.0.0:1', advertise: 'a b' }, 'agents need')).toThrow('--advertise a b: ');
});

it('says who needs an address where none is told', () => {
  expect(() => parseListen({ listen: '0.0.0.0:1' }, 'agents need')).toThrow(
    'agents need an address, tell it by --advertise',
  );
});

it.each([
  ['relay.example', { host: 'relay.example' }],
  ['relay.example:443', { host: 'relay.example', port: 443 }],
  ['10.0.0.1:9443', { host: '10.0.0.1', port: 9443 }],
  ['::1', { host: '::1' }],
  ['[::1]:8', { host: '::1', port: 8 }],
])('reads %s as what is advertised', (text, address) => {
  expect(parseAdvertise(text)).toEqual(address);
});
