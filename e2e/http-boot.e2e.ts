/** A way to iPXE other than the NIC's own: UEFI's HTTP boot, over IPv4 and over IPv6. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Ssh } from './ssh.ts';
import { bootAndLeave, type Lab, noRack, openLab } from './stage.ts';

const skip = await noRack();
let here: Lab;

before(
  async () => {
    if (skip) return;
    const lab = await openLab('http-boot', { image: 'golden', serve: ['--dhcp6'] });
    here = { ...lab, ssh: await Ssh.create(lab.rig.rack.name) };
  },
  { timeout: 600_000 },
);

after(async () => {
  await here?.ssh.close();
  await here?.rig.close();
});

/** What the firmware and iPXE printed. */
const consoleOf = (node: string) =>
  readFile(here.rig.rack.nodes.find(({ name }) => name === node)!.consoleLog, 'latin1');

for (const [node, words] of [
  ['http4', /Start HTTP Boot over IPv4/],
  ['http6', /Start HTTP Boot over IPv6/],
] as const) {
  test(`a server whose firmware boots by HTTP runs its image: ${node}`, {
    skip,
    timeout: 300_000,
  }, async () => {
    await bootAndLeave(here, node, async (boot) => {
      assert.match(await consoleOf(node), words);
      assert.equal(await here.ssh.on(boot, 'hostname'), node);
    });
  });
}
