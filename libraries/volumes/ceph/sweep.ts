import type { RbdCommand } from './rbd-command.ts';
import type { RbdListing } from './rbd-listing.ts';

/** Another process may be making it: between two of its commands nobody watches it. */
const REST_MS = 3600 * 1000;

/** Removes what an interrupted import, clone or deletion has left. What cannot be removed now is left for later. */
export async function sweep(rbd: RbdCommand, { hidden }: RbdListing): Promise<void> {
  for (const image of hidden) {
    try {
      const args = ['info', rbd.spec(image)];
      const { create_timestamp } = await rbd.json<{ create_timestamp: string }>('sweeping', ...args);
      const isOld = Date.now() - new Date(create_timestamp).getTime() > REST_MS;
      if (!isOld && !image.startsWith('.delete-')) continue;
      await rbd.remove(image);
    } catch {
      // In use, or gone meanwhile.
    }
  }
}
