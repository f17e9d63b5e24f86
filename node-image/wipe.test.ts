/** The initramfs's own shell functions that erase disks, run here on files in place of disks. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '@bullion/service';

const skip = existsSync('/bin/busybox') ? false : 'busybox-static is not installed';
const LIB = join(import.meta.dirname, 'initramfs/lib');
const MIB = 2 ** 20;

type World = { policy?: 'quick' | 'full'; ro?: 0 | 1; stubs?: string; mebibytes?: number };

/** Wipes a "disk" that is full of a secret; returns what was said, what was told, and what is on it. */
async function wipe({ policy = 'quick', ro = 0, stubs = '', mebibytes = 5 }: World = {}) {
  // Not /tmp, which may be in memory: there are no direct writes.
  const folder = await mkdtemp('/var/tmp/bullion-wipe-');
  try {
    const disk = join(folder, 'sda');
    await writeFile(disk, Buffer.alloc(mebibytes * MIB, 'secret '));
    const about = join(folder, 'block/sda');
    await mkdir(join(about, 'device'), { recursive: true });
    await writeFile(join(about, 'size'), `${(mebibytes * MIB) / 512}\n`);
    await writeFile(join(about, 'ro'), `${ro}\n`);
    await writeFile(join(about, 'device/model'), 'Disk\n');
    // The devices are the files, and there is no blkdiscard for files: the fall-back is what is tried.
    const library = (await readFile(join(LIB, 'wipe.sh'), 'utf8'))
      .replaceAll('/dev/$1', `${folder}/$1`)
      .replace('/bin/blkdiscard', 'false')
      .replaceAll('/bin/hdparm', 'fake_hdparm');
    await writeFile(join(folder, 'wipe.sh'), library);
    const script = `
      . ${LIB}/inspect.sh
      . ${folder}/wipe.sh
      wipe_work=${folder} wipe_disks=${folder}/block wipe_policy=${policy} WIPE_STEP=$((2 * WIPE_MIB))
      say() { echo "$*"; }
      fail() { echo "FAILED: $1, $2"; exit 1; }
      ${stubs}
      disks_to_wipe
      wipe_disk sda && cat ${folder}/sda.told`;
    const { code, stdout, stderr } = await run('busybox', ['sh', '-c', script], { timeoutMs: 60_000 });
    const left = await readFile(disk);
    return { code, said: stdout + stderr, isZero: left.every((byte) => byte === 0), length: left.length };
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a disk holds zeros afterwards, to its last byte, and all of a small one is read back', {
  skip,
}, async () => {
  const { code, said, isZero, length } = await wipe();
  assert.equal(code, 0, said);
  assert.ok(isZero);
  assert.equal(length, 5 * MIB);
  assert.match(said, /^sda\n=== disk sda\nsectors=10240\nmodel=Disk\nhow=zeros\nread=5242880\n$/);
});

test('of a large disk so many places are read back, the first and the last among them', {
  skip,
}, async () => {
  const few = 'WIPE_WHOLE=0 WIPE_SAMPLES=4';
  const { code, said } = await wipe({ stubs: few, mebibytes: 16 });
  assert.equal(code, 0, said);
  assert.match(said, /read=4194304\n$/);
  const trace = `${few}; holds_zeros() { echo "at $2"; }`;
  const places = [...(await wipe({ stubs: trace, mebibytes: 16 })).said.matchAll(/^at (\d+)$/gm)];
  const at = places.map(([, mebibyte]) => Number(mebibyte));
  assert.deepEqual([at[0], at[3]], [0, 15]);
  assert.ok(at[1]! >= 4 && at[1]! < 8 && at[2]! >= 8 && at[2]! < 12, String(at));
  const all = await wipe({ policy: 'full', stubs: few, mebibytes: 16 });
  assert.match(all.said, /read=16777216\n$/);
});

test('a disk that is read-only, takes no zeros, or does not keep them, is told', { skip }, async () => {
  for (const [world, words] of [
    [{ ro: 1 }, /FAILED: wiping the disk sda, it is read-only/],
    [{ stubs: 'zero() { return 1; }' }, /FAILED: wiping the disk sda, it does not take zeros at 0/],
    [{ stubs: 'zero() { :; }' }, /FAILED: reading back the disk sda, it does not hold zeros at 0/],
    // One byte, in the last block.
    [
      {
        stubs:
          'zero() { dd if=/dev/zero of="$1" bs=1M count=5 status=none; printf x | dd of="$1" bs=1 seek=5242879 conv=notrunc status=none; }',
      },
      /does not hold zeros/,
    ],
    // What can be read no longer is no zeros either.
    [{ stubs: 'zero() { dd if=/dev/zero of="$1" bs=1M count=4 status=none; }' }, /or cannot be read/],
  ] as const) {
    const { code, said } = await wipe(world);
    assert.equal(code, 1, said);
    assert.match(said, words);
    assert.doesNotMatch(said, /read=/);
  }
});

test('a full wipe has a drive erase itself first where it can, and writes zeros over it all the same', {
  skip,
}, async () => {
  const erased = await wipe({ policy: 'full', stubs: 'ata_erase() { echo "erases itself: $1"; }' });
  assert.equal(erased.code, 0, erased.said);
  assert.ok(erased.isZero);
  assert.match(erased.said, /erases itself[\s\S]*how=ata-secure-erase\nread=5242880/);
  const refused = await wipe({ policy: 'full', stubs: 'ata_erase() { return 1; }' });
  assert.match(refused.said, /sda has no erasure of its own, or refuses it[\s\S]*how=zeros/);
  const quick = await wipe({ stubs: 'ata_erase() { echo erases; }' });
  assert.doesNotMatch(quick.said, /erases/);
});

/** A drive as hdparm tells of it. */
const hdparm = (frozen: string, erase = ':') => `fake_hdparm() {
  case "$*" in
    -I*) printf 'Security:\\n\\tsupported\\n\\tnot\\tenabled\\n\\tnot\\tlocked\\n\\t${frozen}\\n\\t2min for SECURITY ERASE UNIT.\\n' ;;
    *--security-erase*) echo "hdparm $*" >&2; ${erase} ;;
    *) echo "hdparm $*" >&2 ;;
  esac
}`;

test('a drive that is frozen gets no password, and one that refuses to erase itself does not keep it', {
  skip,
}, async () => {
  // What hdparm says is thrown away there; here it is seen by a file that is told.
  const seen = (stub: string) => stub.replaceAll('>&2', '>>$wipe_work/sda.told.seen');
  const show = 'describe_disk() { cat $wipe_work/sda.told.seen 2>/dev/null; }';
  const done = await wipe({ policy: 'full', stubs: `${seen(hdparm('not\\tfrozen'))}; ${show}` });
  assert.match(
    done.said,
    /--security-set-pass bullion \S+sda\n.*--security-erase bullion \S+sda\nhow=ata-secure-erase/,
  );
  const refuses = await wipe({
    policy: 'full',
    stubs: `${seen(hdparm('not\\tfrozen', 'return 1'))}; ${show}`,
  });
  assert.match(refuses.said, /--security-erase [\s\S]*--security-disable bullion \S+sda\nhow=zeros/);
  const frozen = await wipe({ policy: 'full', stubs: `${seen(hdparm('frozen'))}; ${show}` });
  assert.doesNotMatch(frozen.said, /security/);
  assert.match(frozen.said, /how=zeros/);
});
