/** Bugs as people write them, each of which `npm run faults` has to find. Text of our own modules, and what replaces it. */
export type Planted = {
  readonly bug: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Needs a rare meeting: found by some seeds, or not yet. Planted only when asked for by its number. */
  readonly elusive?: string;
};

export const PLANTED: readonly Planted[] = [
  {
    bug: 'UID not compared: a pod of the same name counts as the proxy',
    file: 'agent/source/gather.ts',
    find: 'if (found.metadata.uid === pod.uid) return found;',
    replace: 'return found;',
  },
  {
    bug: 'UID not asked for: a late delete takes the next pod of that name',
    file: 'kube/requests.ts',
    find: 'const preconditions = uid === undefined',
    replace: 'const preconditions = namespace !== undefined || uid === undefined',
    elusive:
      'a proxy that runs has to be deleted by a leader that dies, and its user to be back before the delete comes',
  },
  {
    bug: 'Gone not confirmed: the delegation goes before its delegate',
    file: 'agent/target/remove.ts',
    find: 'return { actions: [...told, ...removePod(pod, delegation)], reasons: [] };',
    replace: 'return { actions: [removeDelegation(delegation), ...removePod(pod, delegation)], reasons: [] };',
  },
  {
    bug: 'creates on their way forgotten: a late one makes a delegate of nobody',
    file: 'agent/target/remove.ts',
    find: 'if (unsureUntil > now) return',
    replace: 'if (unsureUntil > now + 1e9) return',
    elusive: 'a user has to delete a pod whose create is under way from a leader that died',
  },
  {
    bug: 'deletes missed: what was deleted while nobody worked is not looked for',
    file: 'agent/source/reconciler.ts',
    find: 'for (const { metadata } of [...options.observations.values(), ...options.delegations.values()]) {',
    replace: 'for (const { metadata } of [...options.observations.values()].slice(0, 0)) {',
  },
  {
    bug: 'no retry: a failure of one key is the end of it',
    file: 'kube/controller.ts',
    find: 'queue.retry(key,',
    replace: 'void ((_key: string, _options: object) => undefined)(key,',
  },
  {
    bug: 'lost delegates run again',
    file: 'agent/target/plan.ts',
    find: 'if (existed(state)) return',
    replace:
      'if (existed({ ...state, delegation: { ...state.delegation, status: {} }, last: undefined } as never)) return',
  },
  {
    bug: 'decision not unique: a scheduler decides anew what another has decided',
    file: 'scheduler/decide/plan.ts',
    find: 'metadata: { name, namespace, ownerReferences },',
    replace: "metadata: { name: name + '-' + uid.slice(0, 4), namespace, ownerReferences },",
  },
  {
    bug: 'a watch that fails is not begun again',
    file: 'kube/reflector.ts',
    find: 'if (o.signal.aborted) return;',
    replace: 'if (o.signal.aborted || failure !== undefined) return;',
  },
  {
    bug: 'a lease is never taken over',
    file: 'kube/claim.ts',
    find: "if (!isMine && holderIdentity !== '' && now",
    replace: "if (!isMine && holderIdentity !== '' && 0 * now",
  },
];
