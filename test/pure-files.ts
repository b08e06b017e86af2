/** Which files are pure, as regular expressions over paths: the list that dependency-cruiser and the tests go by. */

/** Tests, and what only tests use. */
export const TESTS = ['^test/', '[.](test|samples|lab)[.]ts$'];

/** What does I/O, starts it or is handed it, by name. All other files of these rooms are pure, and so is all of api. */
export const EFFECTS = [
  '^(webhook|agent|scheduler)/.*(main|server|reconciler|configuration|stores|heartbeat|hub-side|/act|/ask|/gather)[.]ts$',
  '^agent/(source/steps|kubelet/(answer|caller|streams|opening|steps)|streams/(dial|direct|link|relay|serve|ways))[.]ts$',
];

/** Modules of Node that only compute: deep equality, and a stranger's regular expression under a deadline. */
export const COMPUTING = '^(util|vm)$';

export const PURE = { path: '^(api|webhook|agent|scheduler)/', pathNot: [...EFFECTS, ...TESTS] };

export const isPure = (path: string): boolean =>
  new RegExp(PURE.path).test(path) && !PURE.pathNot.some((not) => new RegExp(not).test(path));
