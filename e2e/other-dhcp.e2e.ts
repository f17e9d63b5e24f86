/** On a network that has a DHCP server already: nodes boot by proxy, or the service says why it does not start. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ssh } from './ssh.ts';
import { bootAndLeave, type Lab, noRack, openLab } from './stage.ts';

const skip = await noRack();
const timeout = 300_000;
let here: Lab;

before(
  async () => {
    if (skip) return;
    const lab = await openLab('other-dhcp', { image: 'golden', serve: ['--dhcp', 'proxy'] });
    here = { ...lab, ssh: await Ssh.create(lab.rig.rack.name) };
  },
  { timeout: 600_000 },
);

after(async () => {
  await here?.ssh.close();
  await here?.rig.close();
});

for (const node of ['bios', 'pxe']) {
  test(`a server boots by proxy, and keeps its lease: ${node}`, { skip, timeout }, async () => {
    const { ssh } = here;
    await bootAndLeave(here, node, async (boot) => {
      assert.match(boot.address, /^10\.10\.0\.1[0-5]\d$/);
      assert.equal(await ssh.on(boot, 'hostname'), node);
      assert.match(await ssh.on(boot, 'ps -eo args'), /udhcpc -f -i boot0 -r 10\.10\.0\.1/);
      assert.match(await ssh.on(boot, 'ip -4 -o address show boot0'), new RegExp(`${boot.address}/24`));
    });
  });
}

test('a service that would give addresses beside it does not start', { skip, timeout }, async () => {
  await here.rig.killServe();
  await assert.rejects(here.rig.serve(['--dhcp', 'own']), /10\.10\.0\.2.*--dhcp proxy/s);
});
