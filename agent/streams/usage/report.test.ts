import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReport, reportOf } from './report.ts';

const AT = Date.parse('2026-01-02T03:04:05Z');
const metrics = (name: string, more: object = {}) => ({
  metadata: { name, namespace: 'apps' },
  timestamp: '2026-01-02T03:04:05Z',
  window: '15s',
  containers: [{ name: 'main', usage: { cpu: '100000000n', memory: '1Mi' } }],
  ...more,
});
const told = { uid: 'u', at: AT, containers: [{ name: 'main', cores: 0.1, bytes: 2 ** 20 }] };
const proxyUid = (namespace: string, name: string) => (`${namespace}/${name}` === 'apps/mine' ? 'u' : undefined);

describe('what the metrics API says', () => {
  it('is told of delegates only, by the names of their proxies', () => {
    const list = { items: [metrics('mine'), metrics('other'), metrics('mine', { metadata: { name: 'mine' } })] };
    expect(reportOf(list, proxyUid)).toEqual({ known: true, pods: [told] });
  });

  it.each([[{}], [null], ['x'], [{ items: [null, 7, {}, { metadata: null }, metrics('mine', { timestamp: 'x' })] }]])(
    'is nothing if it cannot be read: %j',
    (list) => {
      expect(reportOf(list, proxyUid)).toEqual({ known: true, pods: [] });
    },
  );
});

describe('what a target tells', () => {
  it('comes as it was', () => {
    const report = reportOf({ items: [metrics('mine')] }, proxyUid);
    expect(parseReport(JSON.stringify(report))).toEqual(report);
    expect(parseReport('{"known":false}')).toEqual({ known: false });
  });

  it.each(['', 'null', '[]', '{}', '{"known":true}', '{"known":"yes","pods":[]}', '{"known":true,"pods":{}}'])(
    'is no report: %s',
    (text) => {
      expect(parseReport(text)).toBeUndefined();
    },
  );

  it('loses what is no amount', () => {
    const main = told.containers[0];
    const bad = [-1, 'x', null, 1e9].map((cores) => ({ ...main, cores }));
    const never = [-1, 8.64e15, null].map((at) => ({ ...told, at }));
    const pods = [{ ...told, containers: [...bad, main] }, ...never, { ...told, uid: 7 }, null, 'pod'];
    expect(parseReport(JSON.stringify({ known: true, pods }))).toEqual({ known: true, pods: [told] });
  });

  it('never fails, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const report = parseReport(text);
        if (report?.known === true) for (const { at } of report.pods) expect(at).toBeGreaterThanOrEqual(0);
      }),
    );
    fc.assert(fc.property(fc.jsonValue(), (pods) => void parseReport(JSON.stringify({ known: true, pods: [pods] }))));
  });
});
