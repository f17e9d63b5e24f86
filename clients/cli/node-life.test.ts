import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataCentre } from './testing/data-centre.ts';

describe('the life of a node on the command line', () => {
  let dc: DataCentre;
  let hospital: string;
  let startup: string;
  before(async () => {
    dc = await DataCentre.open();
    await dc.furnish();
    hospital = await dc.admit('hospital');
    startup = await dc.admit('startup');
  });
  after(() => dc.close());

  const says = async (args: string[], token?: string): Promise<string> => {
    const { code, stdout, stderr } = await dc.bullion(args, token);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  test('an operator notes, maintains, inspects; the holder looks', async () => {
    await says(['node', 'metadata', 'node1', 'rack', '{"row":3}']);
    assert.match(await says(['node', 'metadata', 'node1'], hospital), /rack +\{"row":3\}/);
    await says(['node', 'metadata', 'node1', 'rack', '--delete']);
    assert.match(await says(['node', 'metadata', 'node1'], hospital), /Nothing is noted/);
    await says(['node', 'maintenance', 'node1', 'on', '--reason', 'a fan']);
    assert.match(await says(['node', 'list'], hospital), /node1 +free \(maintenance\)/);
    assert.match(await says(['node', 'show', 'node1'], hospital), /maintenance +a fan/);
    const refused = await dc.bullion(['node', 'allocate', 'node1'], hospital);
    assert.match(refused.stderr, /in maintenance: a fan/);
    await says(['node', 'maintenance', 'node1', 'off']);
    assert.match(await says(['node', 'inspect', 'node1', '--token-only']), /^\S{20,}\n$/);
    await says(['node', 'allocate', 'node1'], hospital);
    assert.match(await says(['node', 'health', 'node1'], hospital), /node1 is ok/);
    assert.match(await says(['node', 'sensors', 'node1'], hospital), /CPU +40 +celsius[\s\S]*draws 42 W/);
    await says(['release', 'node1'], hospital);
  });

  test('an owner leases its node to another, who has it from then on, and recalls it', async () => {
    await says(['node', 'set', 'node1', '--owner', 'hospital', '--firmware', 'uefi']);
    const made = await dc.value<{ id: string }>(
      ['lease', 'create', 'node1', 'startup', '--until', '2h', '--notice', '1h'],
      hospital,
    );
    for (let look = 0; look < 200; look++) {
      if ((await says(['lease', 'list', '--open'], startup)).includes('active')) break;
      await sleep(20);
    }
    assert.match(await says(['node', 'show', 'node1'], startup), /leased +to startup until/);
    await says(['lease', 'extend', made.id, '--until', '5h'], hospital);
    assert.match(await says(['lease', 'recall', made.id], hospital), /recalled +20/);
    assert.match(await says(['lease', 'end', made.id], startup), /state +ended/);
    assert.match(
      (await dc.bullion(['lease', 'create', 'node1', 'startup', '--until', 'soon'])).stderr,
      /Write a time/,
    );
    await says(['hook', 'list']);
  });
});
