/** Who may open a console's WebSocket, over real HTTP. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bearer, ConsoleClient, heldConsole, refusedUpgrade, STREAM } from '../testing/console-client.ts';

describe('who may open a console stream', { timeout: 150_000 }, () => {
  it('another tenant is told, word for word, what is told of a node that is not there', async () => {
    await using place = await heldConsole();
    const { world, tokenOf } = place;
    const b = bearer(await tokenOf('eve', 'b'));
    for (const path of [
      '/console/stream',
      '/console/stream?write=true&take=true',
      '/console/stream?ticket=x',
    ]) {
      const there = await refusedUpgrade(world, `/nodes/n1${path}`, b);
      const nowhere = await refusedUpgrade(world, `/nodes/n0${path}`, b);
      assert.equal(there.status, 404);
      assert.deepEqual(JSON.parse(JSON.stringify(there).replaceAll('n1', 'n0')), nowhere);
    }
    for (const path of ['/console', '/console/search?q=x']) {
      const [there, nowhere] = [
        await world.b('GET', `/nodes/n1${path}`),
        await world.b('GET', `/nodes/n0${path}`),
      ];
      assert.deepEqual(JSON.parse(JSON.stringify(there).replaceAll('n1', 'n0')), nowhere);
    }
    await world.refused(world.b('POST', '/nodes/n1/console/tickets'), 404, 'node_not_found');
  });

  it('without credentials, without an upgrade, and for whoever is no member: refused as everywhere', async () => {
    await using place = await heldConsole();
    const { world, tokenOf } = place;
    await world.refused(refusedUpgrade(world, STREAM, {}), 401, 'token_invalid');
    await world.refused(refusedUpgrade(world, STREAM, bearer('wrong')), 401, 'token_invalid');
    await world.refused(world.a('GET', STREAM), 400, 'upgrade_required');
    await world.refused(world.b('GET', STREAM), 404, 'node_not_found');
    await world.refused(
      refusedUpgrade(world, `${STREAM}?tail=-1`, bearer(await tokenOf('x'))),
      400,
      'request_invalid',
    );
    for (const role of ['operator', 'auditor', 'service', 'admin'] as const) {
      const token = await world.service.createToken(role, role);
      await world.refused(refusedUpgrade(world, STREAM, bearer(token)), 403, 'console_private');
      await world.refused(world.caller(token)('GET', '/nodes/n1/console'), 403, 'console_private');
    }
    // An upgrade of another route leaves nothing open.
    const none = await ConsoleClient.open(world, '/nodes', bearer(await tokenOf('x')));
    await none.closed;
  });

  it('a ticket opens one stream of its node, once, within its time, and no other route', async () => {
    await using place = await heldConsole({ ticketMs: 400 });
    const { world } = place;
    const ticket = async () =>
      (await world.ok(world.a('POST', '/nodes/n1/console/tickets'))).ticket as string;
    const first = await ticket();
    const client = await ConsoleClient.open(world, `${STREAM}?ticket=${first}`, {});
    await world.until(async () => client.told('hello').length === 1);
    client.say({ type: 'write' });
    await world.until(async () => client.told('seat').length === 1);
    const audit = JSON.stringify(await world.ok(world.operator('GET', '/audit?limit=1000')));
    assert.ok(audit.includes('ticket=[secret]') && !audit.includes(first));
    await world.refused(refusedUpgrade(world, `${STREAM}?ticket=${first}`, {}), 401, 'token_invalid');
    // Used up where it is not good, too.
    const elsewhere = await ticket();
    await world.refused(
      refusedUpgrade(world, `/nodes/n2/console/stream?ticket=${elsewhere}`, {}),
      401,
      'token_invalid',
    );
    await world.refused(refusedUpgrade(world, `${STREAM}?ticket=${elsewhere}`, {}), 401, 'token_invalid');
    const late = await ticket();
    await world.refused(refusedUpgrade(world, `/nodes/n1/console?ticket=${late}`, {}), 401, 'token_invalid');
    await new Promise((resolve) => setTimeout(resolve, 450));
    await world.refused(refusedUpgrade(world, `${STREAM}?ticket=${late}`, {}), 401, 'token_invalid');
  });

  it('a ticket is worth no more than the token that got it', async () => {
    await using place = await heldConsole();
    const { world, tokenOf } = place;
    const caller = world.caller(await tokenOf('short'));
    const { ticket } = await world.ok(caller('POST', '/nodes/n1/console/tickets'));
    const { id } = await world.ok(caller('GET', '/whoami'));
    await world.ok(world.operator('DELETE', `/tokens/${id.replace('token/', '')}`));
    await world.refused(refusedUpgrade(world, `${STREAM}?ticket=${ticket}`, {}), 401, 'token_invalid');
  });
});
