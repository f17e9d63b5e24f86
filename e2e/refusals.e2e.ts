/** What is refused, by real hardware's own answers where it is about hardware: a clear error, and nothing has changed. */
import assert from 'node:assert/strict';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Rig } from './rig.ts';
import { leftovers, noRack, nothingLeft, openLab, refused } from './stage.ts';

const skip = await noRack();
let rig: Rig;
let lab: string;

/** A small disk that would boot by itself: enough for what is refused before it boots. */
async function importDisk(name: string): Promise<void> {
  const path = join(rig.home, `${name}.raw`);
  await writeFile(path, 'not much of a boot loader');
  await truncate(path, 1024 * 1024);
  await rig.bullion(['image', 'import', name, path, '--public']);
}

before(
  async () => {
    if (skip) return;
    ({ rig, lab } = await openLab('two'));
    await importDisk('tiny');
    await rig.bullion(['node', 'allocate', 'node1', '--project', 'lab'], lab);
  },
  { timeout: 120_000 },
);

after(async () => rig?.close());

test('what does not exist is named, with what to do next', { skip, timeout: 60_000 }, async () => {
  await refused(rig, ['boot', 'nobody', '--image', 'tiny'], 'node_not_found', lab);
  await refused(rig, ['boot', 'node1', '--image', 'nothing'], 'image_not_found', lab);
  await refused(rig, ['network', 'attach', 'nowhere', 'node1', 'nic1'], 'network_not_found', lab);
  await refused(rig, ['port', 'delete', 'tor1', 'swp99'], 'port_not_found');
  assert.deepEqual(await leftovers(rig), nothingLeft);
});

test('what is taken is not given twice', { skip, timeout: 60_000 }, async () => {
  await refused(rig, ['node', 'allocate', 'node1', '--project', 'lab'], 'node_allocated', lab);
  const taken = [
    'node',
    'add',
    'node3',
    '--bmc-address',
    '172.31.0.13',
    '--bmc-user',
    'u',
    '--nic',
    'nic0=52:54:00:00:00:03@tor1/node1-nic0',
  ];
  process.env.BULLION_BMC_PASSWORD = 'secret-of-node3';
  await refused(rig, taken, 'port_in_use');
  await refused(rig, ['node', 'show', 'node3'], 'node_not_found');
  await rig.bullion(['network', 'create', 'busy', '--project', 'lab'], lab);
  await rig.bullion(['network', 'attach', 'busy', 'node1', 'nic1'], lab);
  await refused(rig, ['network', 'delete', 'busy'], 'network_in_use', lab);
  await rig.bullion(['network', 'detach', 'busy', 'node1', 'nic1'], lab);
  await rig.bullion(['network', 'delete', 'busy'], lab);
  assert.deepEqual(await leftovers(rig), nothingLeft);
});

/** Registers the hardware of node2 anew, under another name and with other BMC words, and gives it to the lab. */
async function nodeWithBmc(name: string, words: string[], password: string): Promise<void> {
  process.env.BULLION_BMC_PASSWORD = password;
  await rig.bullion(['node', 'add', name, ...words]);
  await rig.bullion(['node', 'allocate', name, '--project', 'lab'], lab);
}

test('a wrong BMC password is said before anything is changed', { skip, timeout: 60_000 }, async () => {
  const { bmc } = rig.rack.nodes[1]!;
  await nodeWithBmc(
    'wrong',
    ['--bmc-address', bmc.address, '--bmc-user', bmc.user, '--nic', 'nic0=52:54:00:00:00:04'],
    'not-the-password',
  );
  const error = await refused(rig, ['boot', 'wrong', '--image', 'tiny'], 'bmc_wrong_password', lab);
  assert.doesNotMatch(error.message, /not-the-password/);
  await refused(rig, ['node', 'power', 'wrong', 'on'], 'bmc_wrong_password', lab);
  assert.deepEqual(await leftovers(rig), nothingLeft);
});

test('a BMC that does not answer is said within seconds, and the node is never taken for free', {
  skip,
  timeout: 60_000,
}, async () => {
  await nodeWithBmc(
    'silent',
    ['--bmc-address', '172.31.0.99', '--bmc-user', 'u', '--nic', 'nic0=52:54:00:00:00:05'],
    'whatever',
  );
  await refused(rig, ['boot', 'silent', '--image', 'tiny'], 'bmc_unreachable', lab);
  assert.deepEqual(await leftovers(rig), nothingLeft);
  await refused(rig, ['release', 'silent'], 'bmc_unreachable', lab);
  const { state } = await rig.bullion<{ state: string }>(['node', 'show', 'silent']);
  assert.equal(state, 'releasing');
});

test('an image file that cannot be a disk is refused, and no half image is left', {
  skip,
  timeout: 60_000,
}, async () => {
  const path = join(rig.home, 'odd.raw');
  await writeFile(path, '');
  await refused(rig, ['image', 'import', 'odd', path], 'image_empty');
  await writeFile(path, 'x'.repeat(5000));
  await refused(rig, ['image', 'import', 'odd', path], 'image_size_odd');
  await refused(rig, ['image', 'import', 'odd', join(rig.home, 'absent.raw')], 'image_file_missing');
  await refused(rig, ['image', 'show', 'odd'], 'image_not_found');
});
