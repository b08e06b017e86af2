import { expect, test } from 'vitest';
import type { Right } from '../../cli/install/objects.ts';
import type { ApiClient } from '../../kube/index.ts';
import { anybody, clientOf, EVERYWHERE, IDENTITIES, type Identity, NOWHERE } from './identities.ts';
import { isAllowed, type Permission, permissionsIn, permissionsOfRight, print, type Served, served } from './rules.ts';

const PAGE = '../../docs/access.md';
const AT_ONCE = 32;

/** By place; what is given everywhere is also in each place. */
type Given = ReadonlyMap<string, Permission[]>;

/** What an identity has in its places and anybody has not. */
async function given(identity: Identity, client: ApiClient): Promise<Given> {
  const nobody = await clientOf(anybody(identity.at));
  const usual = new Set((await permissionsIn(nobody, NOWHERE)).map(print));
  await nobody.close();
  const asked = identity.places.map(async (place) => {
    const all = await permissionsIn(client, place === EVERYWHERE ? NOWHERE : place);
    return [place, all.filter((permission) => !usual.has(print(permission)))] as const;
  });
  return new Map(await Promise.all(asked));
}

const holds = (permissions: Permission[] | undefined, right: Right): boolean => {
  const printed = new Set(permissions?.map(print));
  return permissionsOfRight(right).every((permission) => printed.has(print(permission)));
};

/** Permissions that no right with a reason in that place asks for. */
function surplus({ rights }: Identity, inPlaces: Given): string[] {
  return [...inPlaces].flatMap(([place, permissions]) => {
    const explained = new Set(
      rights
        .filter((right) => holds(permissions, right))
        .flatMap(permissionsOfRight)
        .map(print),
    );
    return permissions.filter((one) => !explained.has(print(one))).map((one) => `${place}: ${print(one)}`);
  });
}

function placesOf(right: Right, inPlaces: Given): string[] {
  if (holds(inPlaces.get(EVERYWHERE), right)) return ['everywhere'];
  return [...inPlaces].filter(([, permissions]) => holds(permissions, right)).map(([place]) => place);
}

const rowsOf = (right: Right, places: string[]): string[] =>
  right.rules.map(({ apiGroups: [group = ''], resources, verbs, resourceNames = [] }) => {
    const cells = [places, [group], resources, verbs, resourceNames].map((cell) => cell.join(', '));
    return `| ${[...cells, right.why].join(' | ')} |`;
  });

const section = (identity: Identity, inPlaces: Given): string[] => [
  `## ${identity.title}`,
  '',
  `\`${identity.user}\``,
  '',
  '| where | API group | what | verbs | only these names | why |',
  '|---|---|---|---|---|---|',
  ...identity.rights.flatMap((right) => rowsOf(right, placesOf(right, inPlaces))),
  '',
];

const INTRODUCTION = `# Access

Who may do what, as the API servers of a fleet of two say it: cluster1 is hub, source and target, cluster2 source and target. Written by the
test \`test/access/matrix.live.test.ts\` (\`npm run access\`), which fails when something else is allowed, when a right is given that no reason
stands beside, and which asks the API servers about every other resource, subresource, verb, namespace and name. What every user of a cluster
may (discovery, questions about itself) is left out. What RBAC cannot say is in policies ([ADR 7](adr/0007-what-a-target-accepts.md)).
`;

const sections = new Map<string, string[]>();

test.each(IDENTITIES.map((identity) => [identity.title, identity] as const))('%s: no surplus', async (_, identity) => {
  const client = await clientOf(identity);
  try {
    const inPlaces = await given(identity, client);
    expect(surplus(identity, inPlaces)).toEqual([]);
    expect(identity.rights.filter((right) => placesOf(right, inPlaces).length === 0)).toEqual([]);
    sections.set(identity.title, section(identity, inPlaces));
  } finally {
    await client.close();
  }
});

test('is what docs/access.md says', async () => {
  expect([...sections.keys()]).toEqual(IDENTITIES.map(({ title }) => title));
  await expect([INTRODUCTION, ...[...sections.values()].flat()].join('\n')).toMatchFileSnapshot(PAGE);
});

interface Question extends Permission {
  place: string;
  about: Served;
}

/** Everything that can be asked of a place (of all: also what has no namespace): without a name, and with each name that somebody's right is limited to. */
const questions = (place: string, everything: Served[]): Question[] =>
  everything.flatMap((about) => {
    if (place !== EVERYWHERE && !about.namespaced) return [];
    const resource = about.group === '' ? about.resource : `${about.resource}.${about.group}`;
    const names = new Set(
      IDENTITIES.flatMap(({ rights }) => rights)
        .flatMap(permissionsOfRight)
        .filter((permission) => permission.resource === resource)
        .map(({ name }) => name),
    );
    return about.verbs.flatMap((verb) =>
      [...new Set([undefined, ...names])].map((name) => ({ place, about, verb, resource, ...(name && { name }) })),
    );
  });

/** One of each kind: the others' rules are the same, and all were told above. */
const ASKED = IDENTITIES.filter(({ title }) => !title.includes(' of cluster1, '));

test.each(ASKED.map((identity) => [identity.title, identity] as const))(
  '%s: the API server allows nothing else',
  async (_, identity) => {
    const client = await clientOf(identity);
    try {
      const everything = await served(client);
      const wrong: string[] = [];
      let asked = 0;
      for (const place of identity.places) {
        const permissions = await permissionsIn(client, place === EVERYWHERE ? NOWHERE : place);
        const allowed = new Set(permissions.map(print));
        const all = questions(place, everything);
        asked += all.length;
        const ask = async (question: Question) => {
          const { about, verb, name, resource } = question;
          const expected = allowed.has(print(question)) || allowed.has(print({ verb, resource }));
          const answer = await isAllowed(client, about, { verb, namespace: place, name });
          if (answer !== expected) wrong.push(`${place}: ${print(question)} is ${answer ? 'allowed' : 'refused'}`);
        };
        for (let from = 0; from < all.length; from += AT_ONCE)
          await Promise.all(all.slice(from, from + AT_ONCE).map(ask));
      }
      expect(wrong).toEqual([]);
      expect(asked).toBeGreaterThan(1_000);
    } finally {
      await client.close();
    }
  },
);
