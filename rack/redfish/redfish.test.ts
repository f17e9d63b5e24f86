/** What a Redfish client meets, request by request (DSP0266); the server behind the BMC is one in memory. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { makeCertificate } from './certificate.ts';
import { type EmulatedBmc, startEmulatedBmc } from './emulated.ts';
import { Meter } from './meter.ts';
import { Sessions } from './sessions.ts';

const SYSTEM = '/redfish/v1/Systems/1';
const RESET = `${SYSTEM}/Actions/ComputerSystem.Reset`;
const SESSIONS = '/redfish/v1/SessionService/Sessions';
const CD = '/redfish/v1/Managers/1/VirtualMedia/Cd';

let bmc: EmulatedBmc;
before(async () => {
  bmc = await startEmulatedBmc();
});
beforeEach(() => {
  bmc.server.power = 'off';
});
after(() => bmc[Symbol.asyncDispose]());

// biome-ignore lint/suspicious/noExplicitAny: resources of many forms, whose fields the tests look into.
type Got = { status: number; headers: Record<string, string | undefined>; body: any };
type Login = { user?: string; password?: string; token?: string; nobody?: boolean };

/** Sends a request over TLS that is verified: the certificate is its own authority and names the address. */
async function send(
  method: string,
  path: string,
  body?: unknown,
  extra: Record<string, string> = {},
  { user = 'admin', password = 'correct-horse', token, nobody = false }: Login = {},
): Promise<Got> {
  const login: Record<string, string> = token
    ? { 'X-Auth-Token': token }
    : { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  const sending = request({
    ...{ host: bmc.address, port: bmc.port, method, path, ca: bmc.certificate, agent: false },
    headers: { ...(nobody ? {} : login), ...extra },
  });
  sending.end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body));
  const [response] = await once(sending, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return {
    status: response.statusCode,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** The status and the message of a refusal, without the registry's name and version. */
const refused = ({ status, body }: Got) => [
  status,
  body.error['@Message.ExtendedInfo'][0].MessageId.replace(/^Base\.1\.\d+\./, ''),
];

test('every resource is reached by links from the root, and names itself', async () => {
  const seen = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    // Links within a resource are not resources, and actions only take posts.
    if (seen.has(path) || path.includes('#') || path.includes('/Actions/')) return;
    seen.add(path);
    const { status, body, headers } = await send('GET', path);
    assert.equal(status, 200, path);
    assert.equal(body['@odata.id'], path);
    assert.match(body['@odata.type'], /^#\w+\.\w+\.?\w*$/);
    assert.ok(body.Name);
    assert.equal(body['@odata.etag'], headers.etag);
    assert.equal(headers['odata-version'], '4.0');
    const links = JSON.stringify(body).matchAll(/"@odata\.id":"([^"]+)"/g);
    for (const [, link] of links) await visit(link!);
  };
  await visit('/redfish/v1/');
  for (const path of [SYSTEM, CD, `${SYSTEM}/EthernetInterfaces/nic1`, '/redfish/v1/Chassis/1/Thermal']) {
    assert.ok(seen.has(path), path);
  }
});

test('without a login only the root is shown, and nothing tells what is there', async () => {
  const nobody = { nobody: true };
  assert.deepEqual((await send('GET', '/redfish', undefined, {}, nobody)).body.v1, '/redfish/v1/');
  assert.equal((await send('GET', '/redfish/v1', undefined, {}, nobody)).status, 200);
  for (const path of [SYSTEM, SESSIONS, '/redfish/v1/Nothing']) {
    const got = await send('GET', path, undefined, {}, nobody);
    assert.deepEqual(refused(got), [401, 'NoValidSession']);
    assert.match(got.headers['www-authenticate'] ?? '', /^Basic/);
  }
  const wrong = await send('POST', RESET, { ResetType: 'On' }, {}, { password: 'not it' });
  assert.deepEqual(refused(wrong), [401, 'ResourceAtUriUnauthorized']);
  assert.equal(bmc.server.power, 'off');
});

test('a session is opened, used and closed', async () => {
  const login = { UserName: 'admin', Password: 'correct-horse' };
  const opened = await send('POST', SESSIONS, login, {}, { nobody: true });
  assert.equal(opened.status, 201);
  const token = opened.headers['x-auth-token']!;
  const location = opened.headers.location!;
  assert.equal((await send('GET', SYSTEM, undefined, {}, { token })).status, 200);
  assert.equal((await send('GET', location, undefined, {}, { token })).body.UserName, 'admin');
  assert.equal((await send('DELETE', location, undefined, {}, { token })).status, 204);
  assert.deepEqual(refused(await send('GET', SYSTEM, undefined, {}, { token })), [401, 'NoValidSession']);
  const wrong = await send('POST', SESSIONS, { ...login, Password: 'x' }, {}, { nobody: true });
  assert.deepEqual(refused(wrong), [401, 'ResourceAtUriUnauthorized']);
});

test('sessions are few and time out', () => {
  let now = 0;
  const account = { user: 'a', password: 'p', role: 'Operator' } as const;
  const sessions = new Sessions([account], () => now);
  const { token } = sessions.create('a', 'p', '/');
  assert.equal(sessions.authenticate({ 'x-auth-token': token }, '/'), account);
  for (let i = 1; i < 16; i++) sessions.create('a', 'p', '/');
  assert.throws(() => sessions.create('a', 'p', '/'), { status: 503, key: 'SessionLimitExceeded' });
  now += 1_800_000;
  assert.throws(() => sessions.authenticate({ 'x-auth-token': token }, '/'), { status: 401 });
  assert.deepEqual(sessions.list(), []);
});

test('a reader may look, close what is his own, and touch nothing else', async () => {
  const viewer = { user: 'viewer' };
  assert.equal((await send('GET', SYSTEM, undefined, {}, viewer)).body.PowerState, 'Off');
  const opened = await send('POST', SESSIONS, { UserName: 'viewer', Password: 'correct-horse' });
  for (const [method, path, body] of [
    ['POST', RESET, { ResetType: 'On' }],
    ['PATCH', SYSTEM, { Boot: {} }],
  ] as const) {
    const got = await send(method, path, body, {}, viewer);
    assert.deepEqual(refused(got), [403, 'InsufficientPrivilege']);
  }
  assert.equal(bmc.server.power, 'off');
  assert.equal((await send('DELETE', opened.headers.location!, undefined, {}, viewer)).status, 204);
});

test('power does what each reset type says', async () => {
  const told = bmc.server.told;
  told.length = 0;
  for (const ResetType of ['On', 'On', 'ForceRestart', 'PowerCycle', 'GracefulShutdown', 'ForceOff']) {
    assert.equal((await send('POST', RESET, { ResetType })).status, 204, ResetType);
  }
  assert.deepEqual(told, ['on', 'on', 'reset', 'off', 'on', 'shutdown', 'off']);
  for (const ResetType of ['ForceRestart', 'PowerCycle', 'GracefulShutdown']) {
    assert.deepEqual(refused(await send('POST', RESET, { ResetType })), [409, 'ResourceInStandby']);
  }
});

test('an NMI, an unknown type, a missing one and a parameter too many are refused by name', async () => {
  for (const [body, key] of [
    [{ ResetType: 'Nmi' }, 'ActionParameterValueNotInList'],
    [{ ResetType: 'Explode' }, 'ActionParameterValueNotInList'],
    [{ ResetType: 7 }, 'ActionParameterValueNotInList'],
    [{}, 'ActionParameterMissing'],
    [{ ResetType: 'On', Now: true }, 'ActionParameterUnknown'],
  ] as const) {
    assert.deepEqual(refused(await send('POST', RESET, body)), [400, key]);
  }
  assert.equal(bmc.server.power, 'off');
});

test('a boot override is shown, given to the server, and over when the server has booted once', async () => {
  const boot = async () => {
    const { Boot } = (await send('GET', SYSTEM)).body;
    return [Boot.BootSourceOverrideTarget, Boot.BootSourceOverrideEnabled, Boot.BootSourceOverrideMode];
  };
  const set = (Target: string, Enabled: string) =>
    send('PATCH', SYSTEM, {
      Boot: { BootSourceOverrideTarget: Target, BootSourceOverrideEnabled: Enabled },
    });
  assert.deepEqual(await boot(), ['None', 'Disabled', 'UEFI']);
  for (const [target, device] of [
    ['Pxe', 'pxe'],
    ['UefiHttp', 'pxe'],
    ['Hdd', 'default'],
    ['Cd', 'cdrom'],
  ] as const) {
    await set(target, 'Once');
    assert.deepEqual(await boot(), [target, 'Once', 'UEFI']);
    assert.deepEqual([bmc.server.bootDevice, bmc.server.bootOnce], [device, true]);
  }
  await send('POST', RESET, { ResetType: 'On' });
  assert.deepEqual(await boot(), ['None', 'Disabled', 'UEFI']);
  await set('Hdd', 'Continuous');
  await send('POST', RESET, { ResetType: 'ForceRestart' });
  assert.deepEqual(await boot(), ['Hdd', 'Continuous', 'UEFI']);
  await set('None', 'Disabled');
  assert.equal(bmc.server.bootDevice, 'none');
});

test('what cannot be written is refused by name, and nothing of the request is done', async () => {
  for (const [body, key] of [
    [{ PowerState: 'On' }, 'PropertyNotWritable'],
    [{ Colour: 'red' }, 'PropertyUnknown'],
    [{ Boot: { BootSourceOverrideTarget: 'Floppy' } }, 'PropertyValueNotInList'],
    [{ Boot: 'Pxe' }, 'PropertyValueTypeError'],
    ['{', 'MalformedJSON'],
    ['[]', 'MalformedJSON'],
  ] as const) {
    assert.deepEqual(refused(await send('PATCH', SYSTEM, body)), [400, key]);
  }
  assert.equal(bmc.server.bootDevice, 'none');
});

test('an ETag guards against a change in between', async () => {
  const { etag } = (await send('GET', SYSTEM)).headers;
  assert.equal((await send('GET', SYSTEM, undefined, { 'If-None-Match': etag! })).status, 304);
  const body = { Boot: { BootSourceOverrideTarget: 'None' } };
  assert.equal((await send('PATCH', SYSTEM, body, { 'If-Match': etag! })).status, 200);
  bmc.server.power = 'on';
  const late = await send('PATCH', SYSTEM, body, { 'If-Match': etag! });
  assert.deepEqual(refused(late), [412, 'PreconditionFailed']);
});

test('what is not there, a method that is not taken, a query and a flood are refused as the standard says', async () => {
  assert.deepEqual(refused(await send('GET', `${SYSTEM}/constructor`)), [404, 'ResourceMissingAtURI']);
  for (const path of ['/constructor', '//', '/redfish/v1/../../Systems', '/%zz']) {
    assert.deepEqual(refused(await send('GET', path)), [404, 'ResourceMissingAtURI'], path);
  }
  const wrong = await send('DELETE', SYSTEM);
  assert.deepEqual(refused(wrong), [405, 'OperationNotAllowed']);
  assert.equal(wrong.headers.allow, 'GET, HEAD, PATCH');
  assert.deepEqual(refused(await send('GET', `${SYSTEM}?$expand=*`)), [501, 'QueryNotSupported']);
  assert.equal((await send('HEAD', SYSTEM)).status, 200);
  const flood = await send('PATCH', SYSTEM, 'x'.repeat(65 * 1024));
  assert.deepEqual(refused(flood), [413, 'PayloadTooLarge']);
});

test('a disc is fetched and inserted, one at a time, and ejected', async (t) => {
  const images = createServer((request, response) => {
    response.statusCode = request.url === '/a.iso' ? 200 : 404;
    response.end('a disc');
  }).listen(0, '127.0.0.1');
  await once(images, 'listening');
  t.after(() => images.close());
  const at = `http://127.0.0.1:${(images.address() as AddressInfo).port}`;
  const insert = (Image: unknown) => send('POST', `${CD}/Actions/VirtualMedia.InsertMedia`, { Image });

  assert.deepEqual(refused(await insert(`${at}/b.iso`)), [400, 'CouldNotEstablishConnection']);
  for (const image of ['file:///etc/passwd', 'nfs://host/a.iso', 'a.iso']) {
    assert.deepEqual(refused(await insert(image)), [400, 'ActionParameterValueNotInList']);
  }
  assert.equal((await insert(`${at}/a.iso`)).status, 204);
  const { body } = await send('GET', CD);
  assert.deepEqual([body.Inserted, body.Image, body.ImageName], [true, `${at}/a.iso`, 'a.iso']);
  const file = bmc.server.media!;
  assert.equal(readFileSync(file, 'utf8'), 'a disc');
  assert.deepEqual(refused(await insert(`${at}/a.iso`)), [409, 'ResourceInUse']);
  assert.equal((await send('POST', `${CD}/Actions/VirtualMedia.EjectMedia`)).status, 204);
  assert.equal((await send('GET', CD)).body.Inserted, false);
  assert.ok(!existsSync(file));
});

test('power draw and temperatures follow the processor time, and are gone with the power', () => {
  let now = 0;
  let cpuSeconds: number | undefined;
  const meter = new Meter(
    {
      get cpuSeconds() {
        return cpuSeconds;
      },
    },
    () => now,
  );
  const off = meter.read();
  assert.deepEqual([off.cpuCelsius, off.fanRpm], [undefined, undefined]);
  const after = (seconds: number, used: number) => {
    now += seconds * 1000;
    cpuSeconds = used;
    return meter.read();
  };
  const idle = after(10, 0);
  const busy = after(10, 10);
  assert.ok(off.watts < idle.watts && idle.watts < busy.watts);
  assert.ok(idle.cpuCelsius! < busy.cpuCelsius!);
  assert.deepEqual(after(0.1, 10.1), busy);
  // Off and on again: its processor time began anew.
  assert.equal(after(10, 0).watts, idle.watts);
});

test('a certificate is well formed, its own issuer, and good for its addresses alone', () => {
  const made = makeCertificate('BMCs of r', ['172.31.0.11', '172.31.0.12']);
  const certificate = new X509Certificate(made.certificate);
  assert.ok(certificate.verify(certificate.publicKey));
  assert.ok(certificate.checkIssued(certificate));
  assert.equal(certificate.checkIP('172.31.0.12'), '172.31.0.12');
  assert.equal(certificate.checkIP('172.31.0.13'), undefined);
  assert.ok(certificate.ca);
  const [from, until] = [certificate.validFromDate, certificate.validToDate];
  assert.ok(from < new Date() && until.getUTCFullYear() === from.getUTCFullYear() + 10);
  assert.notEqual(makeCertificate('x', []).certificate, makeCertificate('x', []).certificate);
});
