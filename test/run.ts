/** `npm test`: everything that is checked, closing with one plain line of counts. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** In this order: what fails fast comes first. */
const CHECKS = ['typecheck', 'lint', 'deps', 'knip'];
/** One run each, since the clusters of one project would be in the way of another's. */
const PROJECTS = ['unit', 'cluster', 'journeys', 'placement', 'access', 'certificates', 'argo', 'contract', 'faults'];

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed and with which words, told again at the end: what a long run printed may be cut. */
  failures: string[];
}

function start(command: string, args: string[]): Promise<boolean> {
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code === 0));
  });
}

async function runCheck(name: string): Promise<Counts> {
  const good = await start('npm', ['run', '--silent', name]);
  if (!good) console.error(`npm run ${name} failed`);
  const failures = good ? [] : [`npm run ${name}`];
  return { passed: good ? 1 : 0, failed: failures.length, skipped: 0, failures };
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { fullName: string; status: string; failureMessages?: string[] | null }[];
  }[];
}

function failuresOf(project: string, report: VitestReport): string[] {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(ROOT, name);
    const failed = assertionResults.filter((result) => result.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [`${project} > ${file}\n${message}`] : [];
    return failed.map(({ fullName, failureMessages }) => {
      const lines = (failureMessages ?? []).flatMap((text) => text.split('\n'));
      const ours = lines.filter((line) => !line.includes('node_modules'));
      return [`${project} > ${file} > ${fullName}`, ...ours].join('\n');
    });
  });
}

/** A run that left no report, or failed outside its tests, counts as one failure. */
async function runProject(project: string, folder: string): Promise<Counts> {
  const outputFile = join(folder, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${outputFile}`];
  const good = await start('vitest', ['run', '--project', project, ...reporters]);
  const text = await readFile(outputFile, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0, failures: [`${project}: left no report`] };
  const report = JSON.parse(text) as VitestReport;
  const failures = failuresOf(project, report);
  if (!good && failures.length === 0) failures.push(`${project}: failed outside its tests`);
  return {
    passed: report.numPassedTests,
    failed: failures.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  };
}

const folder = await mkdtemp(join(tmpdir(), 'berth-test-'));
const total: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
const add = (counts: Counts) => {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  total.failures.push(...counts.failures);
};
try {
  for (const check of CHECKS) add(await runCheck(check));
  const wanted = process.argv.slice(2);
  for (const project of PROJECTS) {
    if (wanted.length > 0 && !wanted.includes(project)) continue;
    const startedAt = performance.now();
    add(await runProject(project, folder));
    console.log(`${project}: ${Math.round((performance.now() - startedAt) / 1000)} s`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
for (const failure of total.failures) console.log(`\nfailed: ${failure}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
