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
    // The operating system writes to its disk: a journal at least.
    const volume = await rig.bullion<{ ownBytes: number }>(['volume', 'show', boot.volume], lab);
    assert(volume.ownBytes > 0, 'the volume has no block of its own');
    await rig.bullion(['release', node, '--delete-volume'], lab);
    assert.deepEqual(await leftovers(rig), nothingLeft);
  });
}
