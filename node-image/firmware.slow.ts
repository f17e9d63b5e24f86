/** Real boots of the golden image by each firmware, each way: slow, so by `npm run test:slow` only. */
import { after, before, test } from 'node:test';
import { cannotBoot, Rig } from './testing/rig.ts';

const skip = cannotBoot();
const options = { skip, timeout: 300_000 };
let rig: Rig;
before(async () => {
  if (skip === false) rig = await Rig.start();
});
after(() => rig?.[Symbol.asyncDispose]());

for (const firmware of ['bios', 'uefi'] as const) {
  test(`${firmware}: iPXE loads kernel and initramfs by HTTP`, options, async (t) => {
    await rig.bootByIpxe(firmware);
    t.diagnostic(`reported ${(await rig.report()).afterMs} ms after power-on`);
  });

  test(`${firmware}: the disk boots by sanboot, as the iBFT says`, options, async (t) => {
    await rig.announceOnConsole();
    const started = Date.now();
    const node = await rig.sanboot(firmware);
    await node.says(/UP FROM \/dev\/sda2/, 120_000);
    t.diagnostic(`up ${Date.now() - started} ms after power-on`);
    await node.pressPower();
    await node.off(60_000);
  });

  test(`${firmware}: the disk boots as a local one`, options, async (t) => {
    await rig.announceOnConsole();
    const started = Date.now();
    const node = await rig.bootLocally(firmware);
    await node.says(/UP FROM \/dev\/vda2/, 120_000);
    t.diagnostic(`up ${Date.now() - started} ms after power-on`);
    await node.pressPower();
    await node.off(60_000);
    await rig.target.restart();
  });
}
