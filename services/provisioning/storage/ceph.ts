/** Disks in a Ceph pool, served by a tgtd that speaks to Ceph itself: their data never passes through this process. */
import { join } from 'node:path';
import { type CephOptions, RbdStore, TgtGateway } from '@bullion/volumes/ceph';
import type { Storage, StorageContext } from './storage.ts';

export type CephPool = Pick<CephOptions, 'pool' | 'conf' | 'id'>;

export async function openCeph(ceph: CephPool, { folder }: StorageContext): Promise<Storage> {
  const volumes = await RbdStore.open(ceph);
  const exporter = await TgtGateway.start({ store: volumes, ceph, folder: join(folder, 'gateway') });
  return {
    name: `the Ceph pool ${ceph.pool}`,
    volumes,
    exporter,
    can: new Set(),
    async close() {
      try {
        await exporter.close();
      } finally {
        await volumes.close();
      }
    },
  };
}
