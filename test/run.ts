/** `npm test`: everything that is checked, closing with one plain line of counts. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** In this order: what fails fast comes first. */
const CHECKS = ['typecheck', 'lint', 'deps', 'knip'];
/** One run each, since the clusters of one project would be in the way of another's. */
const PROJECTS = ['unit', 'cluster', 'journeys', 'placement', 'access', 'faults'];

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
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
  return { passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0 };
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numFailedTestSuites: number;
}

/** A run that left no report, or failed outside its tests, counts as one failure. */
async function runProject(project: string, folder: string): Promise<Counts> {
  const outputFile = join(folder, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${outputFile}`];
  const good = await start('vitest', ['run', '--project', project, ...reporters]);
  const text = await readFile(outputFile, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(text) as VitestReport;
  return {
    passed: report.numPassedTests,
    failed: Math.max(report.numFailedTests, good ? 0 : 1),
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

const folder = await mkdtemp(join(tmpdir(), 'berth-test-'));
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const add = (counts: Counts) => {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
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
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
