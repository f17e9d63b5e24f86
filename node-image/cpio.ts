/**
 * Writer of cpio archives in the "newc" form, the one that the kernel unpacks as initramfs
 * (Documentation/driver-api/early-userspace/buffer-format.rst). Written here rather than left to cpio(1), since owner,
 * time and inode number of every entry must be ours for the archive to be reproducible, without staging a tree.
 */

export type CpioEntry =
  | { path: string; kind: 'folder'; mode: number }
  | { path: string; kind: 'file'; mode: number; data: Uint8Array }
  | { path: string; kind: 'link'; target: string };

const TYPE = { folder: 0o040000, file: 0o100000, link: 0o120000 } as const;

/**
 * The archive of `entries`, sorted by path, owned by root, dated `epoch` (seconds since 1970). Folders that no entry
 * names are added. Throws a RangeError on an absolute, empty or repeated path.
 */
export function writeCpio(entries: Iterable<CpioEntry>, epoch: number): Buffer {
  const byPath = new Map<string, CpioEntry>();
  for (const entry of entries) {
    if (!/^[^/].*[^/]$|^[^/]$/.test(entry.path)) throw new RangeError(`not a relative path: "${entry.path}"`);
    if (byPath.has(entry.path)) throw new RangeError(`two entries for ${entry.path}`);
    byPath.set(entry.path, entry);
  }
  for (const path of [...byPath.keys()]) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const parent = path.slice(0, end);
      if (!byPath.has(parent)) byPath.set(parent, { path: parent, kind: 'folder', mode: 0o755 });
    }
  }
  const parts: Buffer[] = [];
  // Sorting by path puts every folder before what it holds.
  const sorted = [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  sorted.forEach((entry, index) => {
    const data = entry.kind === 'file' ? entry.data : Buffer.from(entry.kind === 'link' ? entry.target : '');
    const mode = TYPE[entry.kind] | (entry.kind === 'link' ? 0o777 : entry.mode);
    parts.push(...record(entry.path, index + 1, mode, epoch, data));
  });
  parts.push(...record('TRAILER!!!', 0, 0, 0, new Uint8Array()));
  return Buffer.concat(parts);
}

function record(name: string, inode: number, mode: number, mtime: number, data: Uint8Array): Buffer[] {
  const path = Buffer.from(`${name}\0`);
  const fields = [inode, mode, 0, 0, 1, mtime, data.length, 0, 0, 0, 0, path.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return [
    Buffer.from(header),
    path,
    Buffer.alloc(padding(header.length + path.length)),
    Buffer.from(data.buffer, data.byteOffset, data.length),
    Buffer.alloc(padding(data.length)),
  ];
}

/** Header with name, and data, each end on a multiple of four bytes. */
const padding = (length: number) => -length & 3;
