import { expect, it } from 'vitest';
import { collectMember } from './members.ts';

it('collects members by name', () => {
  expect(collectMember('b=/x=y.kubeconfig', collectMember('a=k'))).toEqual({ a: 'k', b: '/x=y.kubeconfig' });
});

it.each(['system', 'A', 'a--b', 'a-', '', 'x'.repeat(28), 'a.b'])('refuses %j as the name of a cluster', (name) => {
  expect(() => collectMember(`${name}=k`)).toThrow(`"${name}" is no name of a cluster`);
});

it('refuses a member without a kubeconfig, and one that is named twice', () => {
  expect(() => collectMember('a')).toThrow('--member a: expected NAME=KUBECONFIG');
  expect(() => collectMember('a=k', { a: 'k' })).toThrow('member a is named twice');
  expect(() => collectMember('a=k', { a: 'k' })).toThrow(expect.objectContaining({ reason: 'InvalidClusterName' }));
});
