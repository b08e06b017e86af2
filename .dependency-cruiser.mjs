/** The import rule of docs/design.md, section 9. */
import { COMPUTING, EFFECTS, PURE, TESTS } from './test/pure-files.ts';

/** Rooms share only `api` and `kube`. */
const ROOMS = 'webhook|agent|scheduler|certs|cli';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'api-is-the-ground',
      comment: 'The contract knows nobody: typebox and itself only.',
      severity: 'error',
      from: { path: '^api/', pathNot: TESTS },
      to: { pathNot: ['^api/', '^node_modules/typebox/'] },
    },
    {
      name: 'pure-files-stay-pure',
      comment: "Pure files import the contract and pure files only: no packages, no I/O, not even kube's.",
      severity: 'error',
      from: { ...PURE, pathNot: [...PURE.pathNot, '^api/'] },
      to: { pathNot: ['^(api|webhook|agent|scheduler)/', COMPUTING] },
    },
    {
      name: 'pure-files-do-not-reach-effects',
      severity: 'error',
      from: PURE,
      to: { path: EFFECTS },
    },
    {
      name: 'kube-serves-all-rooms',
      severity: 'error',
      from: { path: '^kube/', pathNot: TESTS },
      to: { path: '^(?!api/|kube/|node_modules/)', dependencyTypesNot: ['core'] },
    },
    {
      name: 'rooms-do-not-import-one-another',
      comment:
        'But main of webhook and agent may start certs, and cli starts rooms by their main and explains placements.',
      severity: 'error',
      from: { path: `^(${ROOMS})/`, pathNot: ['^(webhook|agent)/main[.]ts$', '^cli/', ...TESTS] },
      to: { path: `^(${ROOMS}|deploy|test)/`, pathNot: '^$1/' },
    },
    {
      name: 'main-starts-certs',
      severity: 'error',
      from: { path: '^(webhook|agent)/main[.]ts$' },
      to: { path: `^(${ROOMS}|deploy|test)/`, pathNot: '^($1|certs)/' },
    },
    {
      name: 'cli-uses-entrances',
      severity: 'error',
      from: { path: '^cli/', pathNot: TESTS },
      to: {
        path: `^(${ROOMS}|test)/`,
        pathNot: ['^cli/', '^certs/', '^[a-z]+/main[.]ts$', '^scheduler/place/'],
      },
    },
    {
      name: 'only-kube-talks-to-api-servers',
      severity: 'error',
      from: { pathNot: ['^kube/', ...TESTS] },
      to: { path: '^node_modules/(undici|@kubernetes/client-node)/' },
    },
    {
      name: 'tests-are-not-shipped',
      comment: 'But the demo stands on the clusters of the tests.',
      severity: 'error',
      from: { pathNot: [...TESTS, '^deploy/demo/', '^[^/]+$'] },
      to: { path: TESTS },
    },
    {
      name: 'dev-dependencies-are-not-shipped',
      severity: 'error',
      from: { path: `^(api|kube|${ROOMS}|deploy)/`, pathNot: TESTS },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: '^node_modules/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
