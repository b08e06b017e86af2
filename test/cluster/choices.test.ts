import { describe, expect, it } from 'vitest';
import { readEnv } from './env.ts';
import { chooseNodes } from './fleet.ts';
import { reservedCpu } from './kubelet.ts';
import { nodeManifest } from './simulated.ts';

describe('chooseNodes', () => {
  const unable = { ok: false, why: 'real kubelets need root' } as const;

  it('takes real kubelets wherever they can run, unless told otherwise', () => {
    expect(chooseNodes('auto', { ok: true }, false)).toEqual({ kind: 'kubelet' });
    expect(chooseNodes('simulated', { ok: true }, true)).toEqual({ kind: 'simulated' });
  });

  it('falls back to simulated nodes and says so', () => {
    const choice = chooseNodes('auto', unable, false);
    expect(choice.kind).toBe('simulated');
    expect(choice.note).toContain('need root');
  });

  it('fails rather than falls back in CI, and where real ones were asked for', () => {
    expect(() => chooseNodes('auto', unable, true)).toThrow('need root');
    expect(() => chooseNodes('kubelet', unable, false)).toThrow('need root');
  });
});

describe('reservedCpu', () => {
  it.each([
    ['700m', 2, '1300m'],
    ['1', 2, '1000m'],
    ['0.6', 2, '1400m'],
    ['2', 2, '0m'],
  ])('leaves %s of %i cores', (allocatable, cores, reserved) => {
    expect(reservedCpu(allocatable, cores)).toBe(reserved);
  });

  it.each(['3', '2001m', 'many'])('refuses %s on two cores', (allocatable) => {
    expect(() => reservedCpu(allocatable, 2)).toThrow('2 cores');
  });
});

describe('nodeManifest', () => {
  it('offers what was asked for', () => {
    const node = nodeManifest({
      name: 'n',
      cpu: '4',
      pods: 7,
      extended: { 'nvidia.com/gpu': '2' },
      labels: { zone: 'z' },
    });
    expect(node.status.allocatable).toEqual({ cpu: '4', memory: '64Gi', pods: '7', 'nvidia.com/gpu': '2' });
    expect(node.status.capacity).toEqual(node.status.allocatable);
    expect(node.metadata.labels).toMatchObject({ 'kubernetes.io/hostname': 'n', zone: 'z' });
  });
});

describe('readEnv', () => {
  it('looks for binaries in the assets folder before the PATH', () => {
    const { searchPath, cacheDir, ci } = readEnv({ KUBEBUILDER_ASSETS: '/a', PATH: '/b::/c', XDG_CACHE_HOME: '/x' });
    expect(searchPath).toEqual(['/a', '/b', '/c']);
    expect(cacheDir).toBe('/x/berth');
    expect(ci).toBe(false);
  });

  it('keeps proxies and foreign kubeconfigs from the servers', () => {
    const { processEnv } = readEnv({ HTTPS_PROXY: 'p', no_proxy: 'n', KUBECONFIG: 'k', HOME: '/h', ETCD_NAME: 'e' });
    expect(processEnv).toEqual({ no_proxy: 'n', HOME: '/h' });
  });
});
