/** Each of HIL's calls with good arguments, with each kind of bad ones, and from everybody. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Endpoint, endpoints } from './testing/endpoints.ts';
import { type Answer, type Hil, HilWorld, PASSWORD } from './testing/hil.ts';

const STATUS: Record<string, number> = {
  ValidationError: 400,
  BadArgumentError: 400,
  AuthorizationError: 401,
  NotFoundError: 404,
  DuplicateError: 409,
  BlockedError: 409,
  ProjectMismatchError: 409,
  IllegalStateError: 409,
  SwitchError: 500,
  OBMError: 500,
};

it('all of the 60 calls answer as HIL does', async (t) => {
  await using hil = await HilWorld.open();
  const calls = endpoints();
  assert.equal(new Set(calls.map(({ call }) => call)).size, 60);
  for (const endpoint of calls) {
    await t.test(endpoint.call, async () => {
      await endpoint.prepare?.(hil);
      const asked = typeof endpoint.asked === 'string' ? endpoint.asked : endpoint.asked(hil);
      const body = typeof endpoint.body === 'function' ? endpoint.body(hil) : endpoint.body;
      await refusesBadArguments(hil, endpoint, asked, body);
      await refusesStrangers(hil, endpoint, asked, body);
      await refusesAll(hil, endpoint.before);
      const answer = await hil[endpoint.as ?? 'root'](asked, body);
      if (endpoint.type) isRefused(answer, endpoint.type, asked);
      else gives(answer, endpoint);
      await refusesAll(hil, endpoint.after);
    });
  }
});

function gives(answer: Answer, { gives, status = 200, call }: Endpoint): void {
  assert.equal(answer.status, status, `${call}: ${answer.text}`);
  if (typeof gives === 'function') gives(answer.body, answer);
  else if (gives === undefined) assert.equal(answer.text, '', call);
  else assert.deepEqual(answer.body, gives, call);
}

/** A refusal is HIL's type with its status, and a message for people. */
function isRefused({ status, body, text }: Answer, type: string, what: string): void {
  assert.deepEqual([status, body?.type], [STATUS[type], type], `${what}: ${text}`);
  assert.deepEqual(Object.keys(body).sort(), ['msg', 'type'], what);
  assert.match(body.msg, /^[\x20-\x7e]{10,}$/, what);
  assert.doesNotMatch(body.msg, /`bullion /, what);
}

async function refusesAll(hil: HilWorld, refusals: Endpoint['before'] = []): Promise<void> {
  for (const [who, asked, body, type] of refusals) {
    isRefused(await hil[who](asked, body), type, `${who}: ${asked} ${JSON.stringify(body)}`);
  }
}

/** Before anybody asks who it is: so nobody, with no credentials at all, is told. */
async function refusesBadArguments(
  { as }: HilWorld,
  endpoint: Endpoint,
  asked: string,
  body: Record<string, unknown> | undefined,
): Promise<void> {
  const nobody = as(null);
  const refused = async (bad: unknown, at = asked) =>
    isRefused(await nobody(at, bad), 'ValidationError', `${at} ${JSON.stringify(bad)}`);
  const [path] = endpoint.call.match(/(?<=<(path:)?)(?!path:)\w+(?=>)/) ?? [];
  if (asked.startsWith('GET ')) {
    await refused(undefined, `${asked}?surprise=1`);
    await refused(undefined, `${asked}?empty=`);
    await refused('{}');
    if (path) await refused(undefined, `${asked}?${path}=again`);
    return;
  }
  await refused('no JSON');
  await refused([]);
  await refused('7');
  // Arguments that a type of switches does not have are that type's to refuse.
  if (!endpoint.call.startsWith('PUT /switch/<switch>') || endpoint.call.includes('port')) {
    await refused({ ...body, surprise: 1 });
  }
  if (path) await refused({ ...body, [path]: 'again' });
  for (const [name, value] of Object.entries(body ?? {})) {
    const { [name]: _, ...without } = body!;
    if (!endpoint.optional?.includes(name)) await refused(without);
    // A metadata's value may be anything.
    if (name === 'value' || endpoint.call === 'PUT /switch/<switch>') continue;
    await refused({ ...body, [name]: typeof value === 'string' ? 7 : 'other' });
    await refused({ ...body, [name]: null });
  }
}

async function refusesStrangers(
  hil: HilWorld,
  { as, stranger }: Endpoint,
  asked: string,
  body: unknown,
): Promise<void> {
  const refused = async (who: Hil, type: string) => isRefused(await who(asked, body), type, asked);
  const nobody = await hil.as(null)(asked, body);
  isRefused(nobody, 'AuthorizationError', asked);
  if (as === undefined) {
    await refused(hil.alice, 'AuthorizationError');
    await refused(hil.bob, 'AuthorizationError');
  } else if (stranger !== undefined) {
    await refused(hil.bob, stranger);
  }
}

it('nobody learns from a refusal whether there is a user', async () => {
  await using hil = await HilWorld.open();
  const basic = (login: string) => `Basic ${Buffer.from(login).toString('base64')}`;
  const asked = 'GET /nodes/free';
  const answers = await Promise.all(
    [
      undefined,
      basic('root:wrong'),
      basic('nobody:wrong'),
      basic('root'),
      'Bearer wrong',
      'Basic',
      'Other x',
    ].map((authorization) => hil.as(null, authorization)(asked)),
  );
  for (const { status, text } of answers) {
    assert.deepEqual([status, text], [answers[0]!.status, answers[0]!.text]);
  }
  assert.equal(answers[0]!.body.type, 'AuthorizationError');
});

it('a token of ours will do as well', async () => {
  await using hil = await HilWorld.open();
  const token = await hil.world.service.createToken('operator', 'script');
  assert.deepEqual((await hil.as(null, `Bearer ${token}`)('GET /projects')).body, ['a', 'b']);
});

it('a body is read whatever its Content-Type says, and a path may end in a slash', async () => {
  await using hil = await HilWorld.open();
  const { app } = hil.world.service;
  const authorization = `Basic ${Buffer.from(`root:${PASSWORD}`).toString('base64')}`;
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/json', 'x']) {
    const headers = { authorization, 'content-type': type };
    const answer = await app.inject({
      method: 'PATCH',
      url: '/v0/auth/basic/user/alice/',
      headers,
      payload: '{"is_admin": false}',
    });
    assert.deepEqual([answer.statusCode, answer.body], [200, ''], type);
  }
});

it('what is no call of HIL is told in its form', async () => {
  await using hil = await HilWorld.open();
  for (const asked of ['GET /nothing', 'POST /projects', 'POST /switch/sw/port/p1', 'GET /']) {
    isRefused(await hil.root(asked), 'NotFoundError', asked);
  }
});

it('an auditor sees what an administrator sees, and changes nothing', async () => {
  await using hil = await HilWorld.open();
  await hil.world.ok(hil.world.admin('POST', '/users', { name: 'eve', role: 'auditor', password: PASSWORD }));
  const eve = hil.as('eve');
  assert.deepEqual((await eve('GET /projects')).body, ['a', 'b']);
  for (const asked of ['PUT /project/p', 'DELETE /project/a', 'DELETE /switch/sw']) {
    isRefused(await eve(asked), 'AuthorizationError', asked);
  }
});
