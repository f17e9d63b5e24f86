/**
 * A disk that boots by its own boot loader: the golden disk imported raw, without kernel and initramfs beside it. iPXE opens it
 * (`sanboot`), its boot loader loads the kernel from it, and the kernel's own initiator takes it over by the iBFT.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { buildImage } from '@bullion/node-image';
import type { Rig } from './rig.ts';
import { type Boot, leftovers, noRack, nothingLeft, openLab } from './stage.ts';

const skip = await noRack();
let rig: Rig;
let lab: string;

before(
  async () => {
    if (skip) return;
    const { disk } = await buildImage({});
    ({ rig, lab } = await openLab('two'));
    await rig.bullion(['image', 'import', 'raw', disk, '--public']);
  },
  { timeout: 600_000 },
);

after(async () => rig?.close());

/** The operating system has mounted its disk for writing. The map of the volume's own layer takes some blocks before that. */
async function written(volume: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { ownBytes } = await rig.bullion<{ ownBytes: number }>(['volume', 'show', volume], lab);
    if (ownBytes > 32 * 1024) return;
    assert(tries < 240, `the volume has only ${ownBytes} bytes of its own`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

for (const [node, firmware] of [
  ['node1', 'BIOS'],
  ['node2', 'UEFI'],
] as const) {
  test(`a raw disk boots by its own boot loader, by ${firmware}`, { skip, timeout: 300_000 }, async () => {
    await rig.bullion(['node', 'allocate', node, '--project', 'lab'], lab);
    const boot = await rig.bullion<Boot>(['boot', node, '--image', 'raw'], lab);
    assert.equal(boot.state, 'running');
    const stages = boot.timeline.map(({ stage }) => stage);
    assert.deepEqual(stages.slice(-5), ['dhcp', 'ipxe', 'loaded', 'kernel', 'running']);
    await written(boot.volume);
    await rig.bullion(['release', node, '--delete-volume'], lab);
    assert.deepEqual(await leftovers(rig), nothingLeft);
  });
}
