/** Ways to iPXE other than the NIC's own: UEFI's HTTP boot over IPv4 and IPv6; and networks that have DHCP already. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Rig } from './rig.ts';
import { Ssh } from './ssh.ts';
import { type Boot, leftovers, noRack, nothingLeft, openLab } from './stage.ts';

const skip = await noRack();
const timeout = 300_000;

/** What the firmware and iPXE printed. */
const consoleOf = (rig: Rig, node: string) =>
  readFile(join(rig.home, 'racks', rig.rack.name, 'nodes', node, 'console.log'), 'latin1');

async function bootAndLeave(
  { rig, lab, ssh }: { rig: Rig; lab: string; ssh: Ssh },
  node: string,
  look: (boot: Boot) => Promise<void>,
): Promise<void> {
  await rig.bullion(['node', 'allocate', node, '--project', 'lab'], lab);
  const boot = await rig.bullion<Boot>(
    ['boot', node, '--image', 'golden', '--ssh-key', ssh.publicKeyFile],
    lab,
  );
  assert.equal(boot.state, 'running');
  await look(boot);
  await rig.bullion(['release', node, '--delete-volume'], lab);
  assert.deepEqual(await leftovers(rig), nothingLeft);
}

describe('a server whose firmware boots by HTTP', { skip }, () => {
  let here: { rig: Rig; lab: string; ssh: Ssh };
  before(
    async () => {
      const lab = await openLab('networks', { image: 'golden', serve: ['--dhcp6'] });
      here = { ...lab, ssh: await Ssh.create(lab.rig.rack.name) };
    },
    { timeout: 600_000 },
  );
  after(async () => {
    await here?.ssh.close();
    await here?.rig.close();
  });

  for (const [node, words] of [
    ['http4', /Start HTTP Boot over IPv4/],
    ['http6', /Start HTTP Boot over IPv6/],
  ] as const) {
    test(`runs its image: ${node}`, { timeout }, async () => {
      await bootAndLeave(here, node, async (boot) => {
        assert.match(await consoleOf(here.rig, node), words);
        assert.equal(await here.ssh.on(boot, 'hostname'), node);
      });
    });
  }
});

describe('where another DHCP server gives the addresses', { skip }, () => {
  let here: { rig: Rig; lab: string; ssh: Ssh };
  before(
    async () => {
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
    test(`a server boots by proxy, and keeps its lease: ${node}`, { timeout }, async () => {
      await bootAndLeave(here, node, async (boot) => {
        assert.match(boot.address, /^10\.10\.0\.1[0-5]\d$/);
        assert.equal(await here.ssh.on(boot, 'hostname'), node);
        assert.match(await here.ssh.on(boot, 'ps -eo args'), /udhcpc -f -i boot0 -r 10\.10\.0\.1/);
        assert.match(
          await here.ssh.on(boot, 'ip -4 -o address show boot0'),
          new RegExp(`${boot.address}/24`),
        );
      });
    });
  }

  test('a service that would give addresses beside it does not start', { timeout }, async () => {
    await here.rig.killServe();
    await assert.rejects(here.rig.serve(['--dhcp', 'own']), /10\.10\.0\.2.*--dhcp proxy/s);
  });
});
