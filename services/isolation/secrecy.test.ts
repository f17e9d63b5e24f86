/**
 * What a tenant can learn of another: nothing. Every route is asked by a member of one project for things of another, and
 * for things that are not there; neither the answer nor the time it takes tells the two apart.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  asUrl,
  type Document,
  documentOf,
  type Route,
  routesOf,
  type Schema,
  schemaAt,
} from './testing/openapi.ts';
import { type Caller, type Json, World } from './testing/world.ts';

/** Of one kind of things: the caller's own, another project's, and one that is not there, of the same length. */
type Named = { own: string; foreign: string; absent: string };
type Names = Record<string, Named>;

/** Members of `b`: by the project's token, and as a user. `a` has all that a project can have. */
async function twoTenants(world: World): Promise<{ names: Names; callers: Record<string, Caller> }> {
  const { operator, admin } = world;
  const password = 'correct horse';
  for (const [user, project] of [
    ['ann', 'a'],
    ['bob', 'b'],
  ] as const) {
    await world.ok(admin('POST', '/users', { name: user, role: 'member', password }));
    await world.ok(admin('PUT', `/projects/${project}/members/${user}`));
  }
  const ids: Record<string, { operation: string; id: string; lease: string }> = {};
  for (const [node, project] of [
    ['n1', 'a'],
    ['n2', 'b'],
  ] as const) {
    const ends = { endsAt: '2099-01-01T00:00:00Z' };
    const lease: Json = await world.ok(operator('POST', '/leases', { node, project, ...ends }));
    await world.until(async () => (await world.ok(operator('GET', `/nodes/${node}`))).project === project);
    await world.network('net', project);
    await world.network(`net-${project}`, project);
    const { id: operation } = await world.done(
      world[project]('PUT', `/nodes/${node}/nics/eth0/networks/net-${project}`, {}),
    );
    await world.ok(operator('POST', `/projects/${project}/tokens`, { label: `more-${project}` }));
    const tokens: Json[] = await world.ok(operator('GET', '/tokens'));
    const { id } = tokens.find(({ label }) => label === `more-${project}`);
    ids[project] = { operation, id, lease: lease.id };
  }
  const rows = await world.service.context.db.selectFrom('nodes').select(['name', 'allocation']).execute();
  const allocation = (node: string) => rows.find(({ name }) => name === node)!.allocation!;
  const of = (own: string, foreign: string, absent: string): Named => ({ own, foreign, absent });
  const other = (id: string) => id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  const names: Names = {
    node: of('n2', 'n1', 'n9'),
    network: of('net-b', 'net-a', 'net-x'),
    fullNetwork: of('b/net-b', 'a/net-a', 'a/net-x'),
    otherNetwork: of('b/net-b', 'a/net-a', 'x/net-x'),
    project: of('b', 'a', 'x'),
    user: of('bob', 'ann', 'axl'),
    switch: of('s2', 's1', 's9'), // The operator's: nobody's own.
    port: of('p2', 'p1', 'p9'),
    nic: of('eth0', 'eth0', 'eth9'),
    lease: of(ids.b!.lease, ids.a!.lease, other(ids.a!.lease)),
    hook: of('wipe', 'wipe', 'none'), // The operator's.
    operation: of(ids.b!.operation, ids.a!.operation, other(ids.a!.operation)),
    token: of(ids.b!.id, ids.a!.id, other(ids.a!.id)),
    allocation: of(allocation('n2'), allocation('n1'), other(allocation('n1'))),
    label: of('rack', 'rack', 'none'),
  };
  return { names, callers: { token: world.b, user: world.caller(`bob:${password}`) } };
}

/** The kinds of things that a parameter names; most are called by it. */
function kindsOf(name: string, path: string): string[] {
  if (name === 'id') return [path.split('/')[1]!.replace(/s$/, '')];
  return name === 'network' ? ['network', 'fullNetwork', 'otherNetwork'] : [name];
}

/** The least that a body must hold; what it names is the caller's own. */
function sample(document: Document, schema: Schema, names: Names, key = ''): unknown {
  const { type, properties, required = [], anyOf, enum: choices } = schemaAt(document, schema);
  if (choices) return choices[0];
  if (anyOf) return sample(document, anyOf[0]!, names, key);
  if (properties) {
    const wanted = Object.entries(properties).filter(([name]) => required.includes(name) || name in names);
    return Object.fromEntries(wanted.map(([name, field]) => [name, sample(document, field, names, name)]));
  }
  if (type === 'array') return [];
  if (type === 'object') return {};
  if (type === 'boolean') return false;
  if (type === 'integer' || type === 'number') return 1;
  if (key === 'mac') return '52:54:00:ff:ff:ff';
  return names[key]?.own ?? 'something';
}

type Place = { in: 'path' | 'body'; name: string; kind: string };

/** Every place of a route that names a thing. */
function placesOf(document: Document, { path, parameters, body }: Route, names: Names): Place[] {
  const inPath = parameters
    .filter((parameter) => parameter.in === 'path')
    .flatMap(({ name }) => kindsOf(name, path).map((kind): Place => ({ in: 'path', name, kind })));
  for (const { kind } of inPath) assert.ok(names[kind], `say in twoTenants what a ${kind} is: ${path}`);
  const fields = Object.keys((body && schemaAt(document, body).properties) ?? {});
  const inBody = fields
    .filter((key) => key in names)
    .map((name): Place => ({ in: 'body', name, kind: name }));
  // Every node has a NIC eth0: its name says nothing of anybody.
  return [...inPath, ...inBody].filter(({ kind }) => names[kind]!.own !== names[kind]!.foreign);
}

/** All that an answer says, but for the name that was asked for and the time of day. */
async function asked(
  document: Document,
  caller: Caller,
  route: Route,
  names: Names,
  place: Place,
  which: 'foreign' | 'absent',
) {
  const name = names[place.kind]![which];
  const path = route.path.replaceAll(/\{([^}]+)\}/g, (_, parameter: string) =>
    asUrl(
      place.in === 'path' && place.name === parameter ? name : names[kindsOf(parameter, route.path)[0]!]!.own,
    ),
  );
  const body = route.body && (sample(document, route.body, names) as Json);
  if (place.in === 'body') body[place.name] = name;
  const answer = await caller(route.method as 'GET', path, body);
  const { date: _, 'content-length': length, ...headers } = answer.headers as Record<string, string>;
  const text = JSON.stringify({ status: answer.status, headers, body: answer.body, length });
  // Both names in both answers: `a` is a word as well as a project.
  const { foreign, absent } = names[place.kind]!;
  const either = [foreign, absent].flatMap((one) => [one, asUrl(one)]).join('|');
  const said = text
    .replaceAll(new RegExp(`(?<!\\w)(${either})(?!\\w)`, 'g'), 'NAME')
    .replaceAll(/bullion_[\w-]{43}|[0-9a-f]{8}-[0-9a-f-]{27}/g, 'MADE');
  return { status: answer.status, said };
}

describe('what a tenant can learn of another', () => {
  it("no answer on any route tells another project's thing from one that is not there", async () => {
    await using world = await World.open();
    const { names, callers } = await twoTenants(world);
    const document = documentOf(world);
    let compared = 0;
    for (const [who, caller] of Object.entries(callers)) {
      for (const route of routesOf(document)) {
        for (const place of placesOf(document, route, names)) {
          const foreign = await asked(document, caller, route, names, place, 'foreign');
          const absent = await asked(document, caller, route, names, place, 'absent');
          const what = `${who} ${route.method} ${route.path}, ${place.kind} in the ${place.in}`;
          assert.equal(foreign.said, absent.said, what);
          // Of a path with a project's thing in it nothing may be answered; but anybody may be given access.
          const guest = place.name === 'project' && route.path.includes('/access/');
          if (!guest) assert.ok(foreign.status >= 400, `${what}: ${foreign.said}`);
          compared++;
        }
      }
    }
    assert.ok(compared > 80, `${compared} comparisons`);
    // What was asked for in vain was not done either.
    const [n1] = await world.ok(world.a('GET', '/nodes'));
    assert.deepEqual([n1.project, n1.state, n1.nics[0].networks[0].state], ['a', 'allocated', 'attached']);
    assert.equal((await world.ok(world.a('GET', '/networks'))).length, 2);
  });

  it('nothing that another project does changes what a member sees', async () => {
    await using world = await World.open();
    const { callers } = await twoTenants(world);
    const routes = routesOf(documentOf(world)).filter(
      ({ method, path, parameters }) =>
        method === 'GET' && !parameters.some((one) => path.includes(one.name)),
    );
    assert.ok(routes.length >= 8);
    const seen = async () => {
      const answers = [];
      for (const caller of Object.values(callers)) {
        for (const { path } of routes) answers.push([path, await caller('GET', path)]);
      }
      return answers;
    };
    await seen(); // Tokens and passwords are used for the first time.
    const before = await seen();
    const { operator, a } = world;
    await world.ok(a('POST', '/networks', { name: 'one-more', project: 'a' }));
    await world.ok(a('PUT', '/networks/one-more/access/x'));
    await world.done(a('PUT', '/nodes/n1/nics/eth0/networks/one-more', { mode: 'tagged' }));
    await world.ok(a('PUT', '/nodes/n1/power', { action: 'on' }));
    await world.done(a('DELETE', '/nodes/n1/nics/eth0/networks/net-a'));
    await world.ok(a('DELETE', '/networks/net-a'));
    await world.ok(operator('POST', '/projects', { name: 'c' }));
    await world.ok(operator('POST', '/projects/a/tokens', { label: 'another' }));
    await world.refused(a('GET', '/nodes/n2'), 404, 'node_not_found');
    assert.deepEqual(await seen(), before);
  });
});
