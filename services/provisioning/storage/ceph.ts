/** Disks in a Ceph pool, served by a tgtd that speaks to Ceph itself: their data never passes through this process. */
import { join } from 'node:path';
import { type CephOptions, RbdStore, TgtGateway } from '@bullion/volumes/ceph';
import type { Storage, StorageContext } from './storage.ts';

export type CephPool = Pick<CephOptions, 'pool' | 'conf' | 'id'>;

export async function openCeph(
  { pool, conf, id }: CephPool,
  { folder, log, owner }: StorageContext,
): Promise<Storage> {
  const ceph = { ...(conf === undefined ? {} : { conf }), ...(id === undefined ? {} : { id }) };
  const volumes = await RbdStore.open({ pool, ...ceph, owner });
  const exporter = await TgtGateway.start({
    store: volumes,
    ceph,
    folder: join(folder, 'gateway'),
    onTrouble: (trouble) => log.error({ pool, trouble }, 'the iSCSI gateway of the Ceph pool is in trouble'),
  });
  return {
    name: `the Ceph pool ${pool}`,
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
