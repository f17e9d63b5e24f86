/** Who gets in, what the others are told, and what is logged of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryDisk } from './disks/memory-disk.ts';
import { IscsiError } from './errors.ts';
import { BHS_LENGTH, dataLengthOf, Opcode, RESERVED_TAG } from './pdu/bhs.ts';
import { LoginStatus } from './pdu/login.ts';
import { parseKeys, writeTextRequest } from './pdu/text.ts';
import { NODE, serve, TARGET, until } from './testing/fixture.ts';

const CHAP = {
  user: 'node-1',
  secret: 'secret-of-node-1',
  mutual: { user: 'target', secret: 'secret-of-target' },
};
const OTHER = 'iqn.2026-01.org.example:node-2';

test('the right initiator with the right secret gets in, both ways of CHAP', async (t) => {
  const { session, logins } = await serve(t, { initiators: [NODE], addresses: ['127.0.0.0/8'], chap: CHAP });
  await session({ chap: { user: CHAP.user, secret: CHAP.secret } });
  const mutual = await session({
    chap: { user: CHAP.user, secret: CHAP.secret, mutual: CHAP.mutual },
    isid: '00023d000002',
  });
  assert.equal((await mutual.testUnitReady()).status, 0);
  assert.equal(logins.length, 2);
  assert.equal(logins[0]?.initiator, NODE);
  assert.equal(logins[0]?.target, TARGET);
});

const REFUSALS: [string, Parameters<typeof serve>[1], object, number, RegExp][] = [
  [
    'a wrong secret',
    { chap: CHAP },
    { chap: { user: CHAP.user, secret: 'secret-of-node-2' } },
    LoginStatus.AuthenticationFailure,
    /secret/,
  ],
  ['no secret at all', { chap: CHAP }, {}, LoginStatus.AuthenticationFailure, /CHAP/],
  [
    'a login that goes straight to the operational stage',
    { chap: CHAP },
    { noSecurityStage: true },
    LoginStatus.AuthenticationFailure,
    /CHAP/,
  ],
  ["another node's target", { initiators: [OTHER] }, {}, LoginStatus.AuthorizationFailure, /initiator/],
  [
    'another address',
    { addresses: ['10.9.8.7', '2001:db8::/32'] },
    {},
    LoginStatus.AuthorizationFailure,
    /address/,
  ],
  [
    'a target that is not there',
    {},
    { target: 'iqn.2026-01.org.example:nothing' },
    LoginStatus.NotFound,
    /no target/,
  ],
  ['a session that is not there', {}, { tsih: 77 }, LoginStatus.SessionDoesNotExist, /77/],
];

for (const [what, options, login, status, reason] of REFUSALS) {
  test(`${what} is refused with 0x${status.toString(16).padStart(4, '0')}, and an event says so`, async (t) => {
    const { connect, refused, server } = await serve(t, options);
    const initiator = await connect();
    const response = await initiator.login({ target: TARGET, initiator: NODE, ...login });
    assert.equal(response.status, status);
    await initiator.ended();
    assert.equal(refused.length, 1);
    assert.equal(refused[0]?.status, status);
    assert.equal(refused[0]?.initiator, NODE);
    assert.match(refused[0]!.reason, reason);
    assert.match(refused[0]!.from, /^127\.0\.0\.1:\d+$/);
    assert.equal(JSON.stringify(refused).includes('secret-of'), false);
    assert.deepEqual(server.sessions(), []);
  });
}

test('discovery shows an initiator only what it may use, at the portal that it came by', async (t) => {
  const { server, connect, port } = await serve(t, { initiators: [NODE] });
  server.addTarget({ name: `${TARGET}-2`, disk: new MemoryDisk(4096), initiators: [OTHER] });
  server.addTarget({ name: `${TARGET}-3`, disk: new MemoryDisk(4096) });
  server.addTarget({ name: `${TARGET}-4`, disk: new MemoryDisk(4096), addresses: ['192.0.2.1'] });
  const initiator = await connect();
  await initiator.login({ initiator: NODE, discovery: true });
  const header = new Uint8Array(BHS_LENGTH);
  const keys = Buffer.from('SendTargets=All\0');
  const request = {
    immediate: false,
    final: true,
    more: false,
    lun: 0,
    itt: 5,
    ttt: RESERVED_TAG,
    cmdSn: 1,
    expStatSn: 1,
  };
  writeTextRequest(request, keys.length, header);
  initiator.send(header, keys);
  const { header: answer, data } = await initiator.receiveKind(Opcode.TextResponse);
  const text = Buffer.from(data.subarray(0, dataLengthOf(answer))).toString();
  assert.deepEqual(text.split('\0').filter(Boolean), [
    `TargetName=${TARGET}`,
    `TargetAddress=127.0.0.1:${port},1`,
    `TargetName=${TARGET}-3`,
    `TargetAddress=127.0.0.1:${port},1`,
  ]);
  assert.throws(() => parseKeys(data), 'the keys repeat, as they may in this answer');
});

test('a login that stalls is ended, and says so', async (t) => {
  const { connect, refused } = await serve(t, { server: { loginTimeoutMs: 100 } });
  const silent = await connect();
  await silent.ended();
  assert.match(refused[0]!.reason, /longer/);
});

test('connections that do not log in are bounded', async (t) => {
  const { connect, session } = await serve(t, { server: { maxLogins: 3, loginTimeoutMs: 300 } });
  const silent = await Promise.all([connect(), connect(), connect()]);
  const fourth = await connect();
  await fourth.ended();
  await Promise.all(silent.map((initiator) => initiator.ended()));
  await session();
});

test('targets that make no sense are refused with a hint', async (t) => {
  const { server } = await serve(t);
  const disk = new MemoryDisk(4096);
  const bad: [object, string][] = [
    [{ name: 'not a name', disk }, 'target_name_invalid'],
    [{ name: TARGET, disk }, 'target_exists'],
    [
      { name: `${TARGET}-x`, disk: { ...disk, id: 'x', readOnly: false, sizeBytes: 1000 } },
      'disk_size_invalid',
    ],
    [{ name: `${TARGET}-x`, disk, initiators: ['me'] }, 'initiator_name_invalid'],
    [{ name: `${TARGET}-x`, disk, addresses: ['10.0.0.0/99'] }, 'address_invalid'],
    [{ name: `${TARGET}-x`, disk, chap: { user: 'u', secret: 'short' } }, 'chap_secret_too_short'],
    [
      { name: `${TARGET}-x`, disk, chap: { ...CHAP, mutual: { user: 't', secret: CHAP.secret } } },
      'chap_secrets_equal',
    ],
  ];
  for (const [options, code] of bad) {
    assert.throws(
      () => server.addTarget(options as Parameters<typeof server.addTarget>[0]),
      (error: IscsiError) => error instanceof IscsiError && error.code === code && error.hint !== undefined,
    );
  }
  assert.deepEqual(server.targets(), [TARGET]);
});

test('a removed target ends its sessions, flushes, and is not there any more', async (t) => {
  const { server, session, connect, disk, logouts } = await serve(t);
  const initiator = await session();
  await initiator.write(0, Buffer.alloc(512, 1));
  const removed = server.removeTarget(TARGET);
  await initiator.receiveKind(Opcode.AsyncMessage);
  await initiator.ended();
  await removed;
  assert.equal(disk.flushes, 1);
  assert.deepEqual(
    logouts.map((event) => event.reason),
    ['target_removed'],
  );
  assert.equal((await (await connect()).login({ target: TARGET })).status, LoginStatus.NotFound);
  await assert.rejects(server.removeTarget(TARGET), (error: IscsiError) => error.code === 'target_not_found');
  server.addTarget({ name: TARGET, disk });
  await session();
});

test('the same initiator port starting anew ends its old session; another port does not', async (t) => {
  const { session, logouts, server } = await serve(t);
  const old = await session();
  const other = await session({ isid: '00023d000009' });
  const fresh = await session();
  await old.ended();
  assert.deepEqual(
    logouts.map((event) => event.reason),
    ['reinstated'],
  );
  assert.equal((await fresh.testUnitReady()).status, 0);
  assert.equal((await other.testUnitReady()).status, 0);
  assert.equal(server.stats(TARGET).sessions, 2);
  await until(() => server.sessions().length === 2, 'two sessions are left');
});
