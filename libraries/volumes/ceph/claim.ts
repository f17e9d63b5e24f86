import { VolumeError } from '../errors.ts';
import type { RbdCommand } from './rbd-command.ts';
import { MARK, type RbdListing } from './rbd-listing.ts';

const OWNER = 'bullion.owner';

/**
 * Marks a pool as one owner's, who may then delete what is in it and not known to them. The mark is an RBD image without
 * data. Throws `folder-in-use` where it is somebody else's, or holds what nobody has marked.
 */
export async function claim(rbd: RbdCommand, listing: RbdListing, owner: string): Promise<void> {
  const what = `taking the pool ${rbd.pool}`;
  if (listing.isMarked) {
    const meta = await rbd.json<Record<string, string>>(what, 'image-meta', 'list', rbd.spec(MARK));
    if (meta[OWNER] === owner) return;
    if (meta[OWNER] !== undefined) {
      throw new VolumeError(
        'folder-in-use',
        `the pool ${rbd.pool} belongs to another service`,
        `Each service has a pool of its own. Where that one is gone for good: rbd rm ${rbd.spec(MARK)}`,
      );
    }
  }
  if (listing.entries.length > 0) {
    throw new VolumeError(
      'folder-in-use',
      `the pool ${rbd.pool} holds images already, such as ${listing.entries[0]!.name}`,
      'Make a pool for this service alone: ceph osd pool create NAME && rbd pool init NAME',
    );
  }
  if (!listing.isMarked) await rbd.quick(what, 'create', '--size', '4M', rbd.spec(MARK));
  await rbd.quick(what, 'image-meta', 'set', rbd.spec(MARK), OWNER, owner);
}
