/** A relay in a process of its own, with a hub that is played: says where it is, and on each line that it is told how much memory it has. */
import { sampleHub } from '../../deploy/relay/hub.samples.ts';
import { startRelay } from '../../deploy/relay/main.ts';
import { becomeSmall } from '../../deploy/relay/small.ts';
import { silentLog } from '../../kube/testing/silent-log.ts';

const onCopied = becomeSmall();
const ending = new AbortController();
const { client, announced } = sampleHub();
const clocks = { now: Date.now, random: Math.random, log: silentLog(), signal: ending.signal };
const { announced: told, stopped } = await startRelay({ hub: client, onCopied, host: '127.0.0.1', port: 0, ...clocks });
await told;
process.send?.(announced.data);
process.on('message', () => process.send?.({ rss: process.memoryUsage().rss }));
process.once('disconnect', () => ending.abort());
await stopped;
