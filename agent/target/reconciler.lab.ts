/** The stage of the reconciler's tests: a world, and a controller over it for every test. */
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { type ApiClient, ApiError, type Controller, type Log } from '../../kube/index.ts';
import { self } from './delegation.samples.ts';
import { startTarget, type TargetOptions } from './reconciler.ts';
import { World } from './world.lab.ts';

const silent = () => undefined;

export interface Stage {
  world: World;
  start(change?: Partial<TargetOptions>): void;
  /** Resolves when nothing is left to do now. */
  settled(): Promise<void>;
}

/** For the `describe` or file that calls it. */
export function setStage(): Stage {
  let abort: AbortController;
  let controller: Controller | undefined;
  const stage: Stage = {
    world: new World(),
    start: (change = {}) => {
      controller = startTarget({ ...optionsFor(stage.world), signal: abort.signal, ...change });
    },
    settled: () => vi.waitFor(() => expect(controller?.idle()).toBe(true)),
  };
  beforeEach(() => {
    stage.world = new World();
    abort = new AbortController();
  });
  afterEach(async () => {
    abort.abort();
    await controller?.stopped;
    controller = undefined;
  });
  return stage;
}

function optionsFor(world: World): Omit<TargetOptions, 'signal'> {
  const log: Log = { debug: silent, info: silent, warn: silent, error: (_, message) => world.errors.push(message) };
  const notFound = () => Promise.reject(new ApiError(404, {}));
  const get = async (resource: string, name: string) => {
    world.asked.push(resource);
    return (resource === 'pods' ? world.hidden.get(name) : world.hiddenResult) ?? notFound();
  };
  const { pods, delegations, events, results, act, self: own, claims } = world;
  own.observe(self({ sharedNamespaces: ['*'] }));
  pods.markSynced();
  delegations.markSynced();
  const list = async () => ({ items: world.events.by('about', 'unknown') });
  const home = { get, list } as unknown as ApiClient;
  const hub = { get: async () => world.bundle ?? notFound() } as unknown as ApiClient;
  const watched = { pods, delegations, events, results, self: own, claims };
  const clocks = { now: Date.now, random: () => 0 };
  return { cluster: 'b', home, hub, ...watched, hasListed: () => true, act, log, ...clocks };
}
