/** What BMCs of other makes do, as far as it is documented; none of them was at hand. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { redfishDriver } from './driver.ts';
import { type Answered, type Asked, startScripted } from './testing/scripted.ts';

const SYSTEMS = '/redfish/v1/Systems';
const RESET = `${SYSTEMS}/Self/Actions/Reset`;

/** A BMC with one system, `Self`. */
const withSystem =
  (system: () => object, also: (asked: Asked) => Answered = () => ({ status: 204 })) =>
  (asked: Asked): Answered => {
    if (asked.method !== 'GET') return also(asked);
    if (asked.path === SYSTEMS) return { body: { Members: [{ '@odata.id': `${SYSTEMS}/Self` }] } };
    if (asked.path === `${SYSTEMS}/Self`) return { body: system(), etag: 'W/"1"' };
    return { status: 404 };
  };

const offering = (types: string[], PowerState = 'On') => ({
  PowerState,
  Actions: { '#ComputerSystem.Reset': { target: RESET, 'ResetType@Redfish.AllowableValues': types } },
});

const posted = (asked: Asked[]) => asked.filter(({ method }) => method === 'POST').map(({ body }) => body);

it('a BMC without PowerCycle is told to go off, and on when it is off', async () => {
  let power = 'On';
  let polls = 0;
  await using bmc = await startScripted(
    withSystem(
      () => {
        if (power === 'PoweringOff' && ++polls > 1) power = 'Off';
        return offering(['On', 'ForceOff'], power);
      },
      ({ body }) => {
        power = (body as { ResetType: string }).ResetType === 'On' ? 'On' : 'PoweringOff';
        return { status: 202 };
      },
    ),
  );
  await redfishDriver.setPower(bmc.settings, 'cycle');
  assert.deepEqual(posted(bmc.asked), [{ ResetType: 'ForceOff' }, { ResetType: 'On' }]);
  assert.equal(power, 'On');
});

it('an action that is not offered is refused with what is', async () => {
  await using bmc = await startScripted(withSystem(() => offering(['On', 'ForceOff'])));
  await assert.rejects(redfishDriver.setPower(bmc.settings, 'soft'), {
    code: 'bmc_refused',
    message: /offers On, ForceOff, and not GracefulShutdown/,
  });
  assert.deepEqual(posted(bmc.asked), []);
});

it('a server that is still going off is asked to go on', async () => {
  await using bmc = await startScripted(withSystem(() => offering(['On', 'ForceOff'], 'PoweringOff')));
  await redfishDriver.setPower(bmc.settings, 'on');
  assert.deepEqual(posted(bmc.asked), [{ ResetType: 'On' }]);
});

it('a system that has changed meanwhile is read again, and written once more', async () => {
  let refusals = 1;
  await using bmc = await startScripted(
    withSystem(
      () => ({ PowerState: 'On', Boot: {} }),
      () => ({ status: refusals-- > 0 ? 412 : 200 }),
    ),
  );
  const network = { device: 'network', persistent: false, firmware: 'bios' } as const;
  await redfishDriver.setBootDevice(bmc.settings, network);
  const patches = bmc.asked.filter(({ method }) => method === 'PATCH');
  assert.deepEqual(
    patches.map(({ ifMatch }) => ifMatch),
    ['W/"1"', 'W/"1"'],
  );
  refusals = 2;
  await assert.rejects(redfishDriver.setBootDevice(bmc.settings, network), { code: 'bmc_failed' });
});

it('of several systems one has to be named', async () => {
  const members = ['Node1', 'Node2'].map((id) => ({ '@odata.id': `${SYSTEMS}/${id}` }));
  await using bmc = await startScripted(({ path }) => ({
    body: path === SYSTEMS ? { Members: members } : { PowerState: path.endsWith('Node2') ? 'On' : 'Off' },
  }));
  await assert.rejects(redfishDriver.powerState(bmc.settings), { message: /Node1, Node2.*"system"/ });
  assert.equal(await redfishDriver.powerState({ ...bmc.settings, system: 'Node2' }), 'on');
});

it('what is not a Redfish service is told so', async () => {
  await using bmc = await startScripted(() => ({ body: '<html>Welcome</html>' }));
  await assert.rejects(redfishDriver.powerState(bmc.settings), {
    code: 'bmc_failed',
    message: /not JSON; is it a Redfish service/,
  });
});

it('a BMC that measures nothing has no sensors, and its power draw is refused', async () => {
  await using bmc = await startScripted(({ path }) => {
    if (path === SYSTEMS) return { body: { Members: [{ '@odata.id': `${SYSTEMS}/Self` }] } };
    return { body: path.endsWith('Self') ? { PowerState: 'On' } : { Members: [] } };
  });
  assert.deepEqual(await redfishDriver.sensors!(bmc.settings), []);
  await assert.rejects(redfishDriver.powerDraw!(bmc.settings), { code: 'bmc_refused' });
});
