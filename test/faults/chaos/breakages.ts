/** What can break, and how each of it heals by itself. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Part } from '../../part.ts';
import type { Fault, ProxyRequest } from '../proxy/faults.ts';
import type { FaultProxy } from '../proxy/proxy.ts';
import { between, pick, type Random } from './random.ts';

/** What a breakage may use. */
export type Means = {
  /** All there is to break. */
  readonly parts: readonly Part[];
  readonly random: Random;
  /** Heals early. */
  readonly signal: AbortSignal;
};

/** Resolves when it has healed, to what it was in particular. */
export type Breakage = (part: Part, o: Means) => Promise<string>;

const isWrite = ({ method }: ProxyRequest) => method !== 'GET';
const isLease = ({ path }: ProxyRequest) => path.includes('/leases/');
const everything = () => true;

/** Of several of one role, the one that wrote last. */
function leaderOf(parts: readonly Part[]): Part {
  const wrote = ({ proxies }: Part) => Math.max(...proxies.map(({ requests }) => requests.findLast(isWrite)?.at ?? 0));
  const [leader] = [...parts].sort((a, b) => wrote(b) - wrote(a));
  if (leader === undefined) throw new Error('nobody has this role');
  return leader;
}

/** Applies a fault to what matches at one of the part's API servers for so long. */
async function disturb(
  proxy: FaultProxy,
  match: (request: ProxyRequest) => boolean,
  fault: Fault,
  ms: number,
  { signal }: Means,
): Promise<void> {
  const rule = proxy.rule({ match, fault });
  await rest(ms, signal);
  rule.release();
}

/** Ends early with the signal, so that all is healed soon. */
const rest = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => undefined);

/** A worker each has begun with a write, of the sixteen that there are. */
const ENOUGH = 6;
const DEADLY = 'late writes of the dead';
/** Writes to be late together: of one kind more come together before somebody misses them, and the Lease goes on. */
const LATE: Readonly<Record<string, (request: ProxyRequest) => boolean>> = {
  'all writes': isWrite,
  creates: ({ method }) => method === 'POST',
  deletes: ({ method }) => method === 'DELETE',
  statuses: ({ method, path }) => method === 'PATCH' && path.endsWith('/status'),
};

const BREAKAGES: Readonly<Record<string, Breakage>> = {
  kill: async (part, { random, signal }) => {
    await part.kill();
    await rest(between(random, 0, 4_000), signal);
    part.start();
    return '';
  },
  freeze: async (part, { random, signal }) => {
    part.freeze();
    const ms = between(random, 500, 8_000);
    await rest(ms, signal);
    part.thaw();
    return `${Math.round(ms)} ms`;
  },
  'cut watches': async (part, { random }) => {
    const how = pick(random, ['reset', 'end'] as const);
    const handles = part.proxies.map((proxy) => proxy.rule({ match: everything, fault: { kind: 'cut', how } }));
    for (const handle of handles) handle.remove();
    return how;
  },
  'stall watches': (part, o) => lasting(part, o, { kind: 'stall' }, everything, 8_000),
  'watch errors': (part, o) =>
    lasting(part, o, { kind: 'error-event', code: pick(o.random, [410, 500]) }, everything, 500),
  errors: (part, o) => {
    const code = pick(o.random, [409, 429, 500, 503, 504]);
    const share = between(o.random, 0.2, 0.9);
    const fault: Fault = { kind: 'answer', code, ...(code === 429 && { retryAfter: 1 }) };
    return lasting(part, o, fault, ({ isWatch }) => !isWatch && o.random() < share, 4_000);
  },
  'writes lost': (part, o) => lasting(part, o, { kind: 'drop-before' }, isWrite, 3_000),
  'answers lost': (part, o) => lasting(part, o, { kind: 'drop-after' }, isWrite, 3_000),
  // They take effect late: perhaps when another leads, or after what they are about has gone.
  'late writes': (part, o) => lasting(part, o, { kind: 'hold' }, (r) => isWrite(r) && o.random() < 0.3, 9_000),
  // When they come, another leads and has done the same, and users have gone on.
  [DEADLY]: async ({ role }, o) => {
    const leader = leaderOf(o.parts.filter((part) => part.role === role));
    const [what, match] = pick(o.random, Object.entries(LATE));
    const held: ProxyRequest[] = [];
    const enough = Promise.withResolvers<void>();
    const onStrike = (request: ProxyRequest) => held.push(request) >= ENOUGH && enough.resolve();
    const rules = leader.proxies.map((proxy) => proxy.rule({ match, fault: { kind: 'hold' }, onStrike }));
    // As a rule somebody else of this role has just died, and it takes a while until there is something to write.
    await Promise.race([enough.promise, rest(5_000, o.signal)]);
    await leader.kill();
    // Mostly after the next has taken over (4 s) and learnt what is; as late as it reckons with (docs/adr/0008-late-writes.md).
    const ms = between(o.random, 5_000, 12_000);
    await rest(ms, o.signal);
    for (const rule of rules) rule.release();
    leader.start();
    return `${leader.name} ${what} ${Math.round(ms)} ms, ${held.length} held`;
  },
  slow: (part, o) =>
    lasting(part, o, { kind: 'delay', ms: Math.round(between(o.random, 50, 1_500)) }, everything, 5_000),
  'cut off': (part, o) => lasting(part, o, { kind: 'drop-before' }, everything, 12_000),
};

/** What hits one in a few pods only comes more often than its share. */
export const HARSH = Object.entries(BREAKAGES).flatMap((each) => (each[0] === DEADLY ? [each, each, each] : [each]));

async function lasting(
  part: Part,
  o: Means,
  fault: Fault,
  match: (request: ProxyRequest) => boolean,
  atMost: number,
): Promise<string> {
  const ms = between(o.random, 300, atMost);
  const proxy = pick(o.random, part.proxies);
  await disturb(proxy, match, fault, ms, o);
  return `${JSON.stringify(fault)} ${Math.round(ms)} ms`;
}

/** Long enough to strike every kind of request, short enough that an election would outlast it. */
export const CALM = Object.entries<Breakage>({
  'errors that cost no lease': (part, o) => {
    const fault: Fault = { kind: 'answer', code: pick(o.random, [409, 500, 503]) };
    return lasting(part, o, fault, (r) => !r.isWatch && !isLease(r) && o.random() < 0.5, 2_000);
  },
  'writes lost that cost no lease': (part, o) =>
    lasting(part, o, { kind: 'drop-before' }, (r) => isWrite(r) && !isLease(r), 2_000),
});
