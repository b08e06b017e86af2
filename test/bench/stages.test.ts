import { expect, test } from 'vitest';
import { delegateName } from '../../api/index.ts';
import type { Write } from '../cluster/audit.ts';
import { stageTable } from './stages.ts';

const US = 'system:serviceaccount:berth-system:agent';
const USER = 'kubernetes-admin';
const DELEGATE = delegateName('source', { namespace: 'bench', name: 'p', uid: 'u' }, 1);

const write = (user: string, verb: string, resource: string, name: string, at: number, code = 200): Write => {
  const [plural = '', subresource = ''] = resource.split('/');
  return { user, verb, resource: plural, subresource, name, namespace: '', code, at };
};

test('milliseconds of each stage since the creation of the proxy; only the first write that went well counts', () => {
  const writes = [
    write(USER, 'create', 'pods', 'p', 1000),
    write(US, 'create', 'podobservations.multicluster.admiralty.io', 'u', 1012, 500),
    write(US, 'create', 'podobservations.multicluster.admiralty.io', 'u', 1020),
    write(US, 'create', 'pods', DELEGATE, 1040),
    write(USER, 'patch', 'pods/status', DELEGATE, 1050),
    write(USER, 'patch', 'pods/status', DELEGATE, 1900),
    write(US, 'patch', 'pods/status', 'p', 1060),
    write(US, 'patch', 'pods/status', 'p', 1950),
  ];
  const seen = stageTable(writes, new Map([['p', 'u']])).filter(([, , , pods]) => pods !== '0');
  expect(seen).toEqual([
    ['proxy created', '0', '0', '1'],
    ['observed', '20', '20', '1'],
    ['delegate created', '40', '40', '1'],
    ['delegate runs', '50', '50', '1'],
    ['run mirrored', '60', '60', '1'],
  ]);
});
