/** The command line: `berth up|install|agent|scheduler|relay|webhook|status|explain`. */
import { Command, Option } from 'commander';
import { SERVING_CERTIFICATES, UserError } from '../api/index.ts';
import { readEnvironment } from './env.ts';
import { clusterName, collectMember } from './members.ts';

const environment = readEnvironment();

const hub = () => {
  const option = new Option('--hub <kubeconfig>', 'kubeconfig of the hub (KUBECONFIG by default)');
  return environment.kubeconfig === undefined ? option.makeOptionMandatory() : option.default(environment.kubeconfig);
};
const servingCertificate = () =>
  new Option(
    '--serving-certificate <whose>',
    "by which virtual nodes serve logs and exec: the agent's own, or the cluster's",
  )
    .choices(SERVING_CERTIFICATES)
    .default('own');
const output = () => new Option('-o, --output <format>', 'output for machines').choices(['json']);

const program = new Command('berth').description('Runs annotated pods in whichever cluster has room.');

program
  .command('up')
  .description('installs and runs webhook, agents and scheduler in this process, for trying and for tests')
  .addOption(hub())
  .requiredOption('--member <name=kubeconfig>', 'a member cluster; may be repeated', collectMember)
  .option('--webhook-address <host>', "host by which the members' API servers reach this process", '127.0.0.1')
  .option('--node-address <host>', 'the same for virtual nodes, if it is another host')
  .addOption(servingCertificate())
  .option('--node-timeout <seconds>', 'withdraw a delegate that has no node for so long', Number, 30)
  .option('--cleanup', 'on exit, remove everything that was installed', false)
  .action(async (options) => {
    const { up } = await import('./up.ts');
    await up({ ...options, members: options.member, logLevel: environment.logLevel });
  });

program
  .command('install')
  .description('installs what components that run by themselves need; as admin')
  .addOption(hub())
  .requiredOption('--member <name=kubeconfig>', 'a member cluster; may be repeated', collectMember)
  .addOption(servingCertificate())
  .option('--credentials <folder>', "write the components' kubeconfigs there")
  .option('--token-days <days>', 'how long their tokens last', Number, 365)
  .action(async (options) => {
    const { install } = await import('./install.ts');
    await install({ ...options, members: options.member });
  });

const leaseSeconds = () =>
  new Option('--lease-seconds <seconds>', 'how long after the end of one that works another takes over')
    .argParser(Number)
    .default(15);

program
  .command('agent')
  .description('runs the agent of one member; of several one works')
  .requiredOption('--cluster <name>', 'name of the member', clusterName)
  .requiredOption('--kubeconfig <kubeconfig>', "the member, as its service account 'agent'")
  .addOption(hub())
  .option('--node-address <host>', "host by which the member's API servers reach this process, for logs, exec and top")
  .option(
    '--node-port <port>',
    'port there of the first virtual node; others have the next that are free',
    Number,
    10250,
  )
  .addOption(servingCertificate())
  .option(
    '--stream-listen <host:port>',
    'address at which sources that have a route reach this process without the relay',
  )
  .option('--stream-advertise <host>', 'HOST[:PORT] by which they do')
  .option('--node-timeout <seconds>', 'withdraw a delegate that has no node for so long', Number, 30)
  .addOption(leaseSeconds())
  .action(async (options) => {
    const { agent } = await import('./agent.ts');
    await agent({ ...options, logLevel: environment.logLevel });
  });

program
  .command('scheduler')
  .description('runs the scheduler; of several one works')
  .addOption(hub())
  .addOption(leaseSeconds())
  .action(async (options) => {
    const { scheduler } = await import('./scheduler.ts');
    await scheduler({ ...options, logLevel: environment.logLevel });
  });

program
  .command('relay')
  .description('runs the relay by which agents that only dial out reach one another for logs and exec')
  .addOption(hub())
  .requiredOption('--listen <host:port>', 'address to listen on')
  .option('--advertise <host>', 'HOST[:PORT] by which agents reach it')
  .action(async (options) => {
    const { relay } = await import('./relay.ts');
    await relay({ ...options, logLevel: environment.logLevel });
  });

program
  .command('webhook')
  .description('runs the webhook of one source cluster; several may serve it')
  .requiredOption('--cluster <name>', 'name of the source cluster', clusterName)
  .requiredOption('--kubeconfig <kubeconfig>', "the cluster, as its service account 'webhook'")
  .requiredOption('--listen <host:port>', 'address to listen on')
  .option('--advertise <host>', 'HOST[:PORT] or NAME.NAMESPACE.svc[:PORT] by which API servers reach all of them')
  .option('--drain <seconds>', 'go on serving for so long when asked to stop', Number, 5)
  .action(async (options) => {
    const { webhook } = await import('./webhook.ts');
    await webhook({ ...options, logLevel: environment.logLevel });
  });

program
  .command('status')
  .description('members and their room, proxies and where their delegates are')
  .addOption(hub())
  .addOption(output())
  .action(async (options) => {
    const { status } = await import('./status.ts');
    process.stdout.write(`${await status(options)}\n`);
  });

program
  .command('explain')
  .description('why a pod is where it is, or why it waits')
  .argument('<pod>', 'name of the proxy in its own cluster')
  .option('-n, --namespace <namespace>', 'namespace of the pod', 'default')
  .option('--member <name>', 'source cluster, where several have a pod of this name')
  .addOption(hub())
  .addOption(output())
  .action(async (pod, options) => {
    const { explain } = await import('./explain.ts');
    process.stdout.write(`${await explain(pod, options)}\n`);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`berth: ${error instanceof UserError ? error.explain() : describeUnexpected(error)}\n`);
  process.exitCode = 1;
}

/** An error without a code of ours is a bug or an outage: its whole chain of causes is shown. */
function describeUnexpected(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\n  caused by: ${describeUnexpected(error.cause)}`;
  return `${error.message}${cause}`;
}
