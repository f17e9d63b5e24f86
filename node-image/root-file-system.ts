/** The root tree as an ext4 file system, the same bytes for the same tree. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Partition } from './disk.ts';
import { tool } from './tool.ts';

export type RootFileSystemOptions = {
  tree: string;
  uuid: string;
  epoch: number;
  /** The disk image, and the place in it. */
  disk: string;
  partition: Partition;
  signal?: AbortSignal | undefined;
};

/**
 * mke2fs stores files in the order in which the folder lists them. On a disk that order depends on the file system's
 * own secret; on a fresh tmpfs it depends only on the order of creation, which a sorted archive fixes. The mount lives
 * in a namespace of its own and ends with it.
 */
const POPULATE = `
set -e
mount -t tmpfs -o mode=0755,size=90% tmpfs /mnt
tar --create --sort=name --numeric-owner --xattrs --xattrs-include='*' -C "$TREE" . |
  tar --extract --numeric-owner --xattrs --xattrs-include='*' -C /mnt
exec mke2fs -q -F -t ext4 -b 4096 -m 1 -L bullion-root -U "$UUID" -O '^resize_inode' -d /mnt \
  -E "offset=$OFFSET,hash_seed=$UUID,lazy_itable_init=0,lazy_journal_init=0,nodiscard" "$DISK" "$KIBIBYTES"k
`;

export async function makeRootFileSystem(options: RootFileSystemOptions): Promise<void> {
  const { tree, uuid, epoch, disk, partition, signal } = options;
  await tool('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', POPULATE], {
    timeoutMs: 180_000,
    env: {
      TREE: tree,
      UUID: uuid,
      DISK: disk,
      OFFSET: String(partition.offset),
      KIBIBYTES: String(partition.size / 1024),
      E2FSPROGS_FAKE_TIME: String(epoch),
    },
    signal,
  });
  // mke2fs takes over the times of inode changes and reads, which no tool can set on the tree.
  const paths = ['/', '/lost+found', ...(await pathsIn(tree, '/'))];
  const script = paths.flatMap((path) =>
    ['ctime', 'atime', 'crtime'].map((field) => `set_inode_field "${path}" ${field} @${epoch}\n`),
  );
  await tool('debugfs', ['-w', '-f', '-', `${disk}?offset=${partition.offset}`], {
    timeoutMs: 120_000,
    input: script.join(''),
    env: { E2FSPROGS_FAKE_TIME: String(epoch), DEBUGFS_PAGER: '__none__' },
    signal,
  });
}

async function pathsIn(tree: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(tree, folder), { withFileTypes: true });
  const paths: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    paths.push(path);
    if (entry.isDirectory()) paths.push(...(await pathsIn(tree, path)));
  }
  return paths.sort();
}
