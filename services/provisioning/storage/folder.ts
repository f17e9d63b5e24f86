/** Disks in a folder of this machine, served by this process: the default. */
import { join } from 'node:path';
import { VolumeStore } from '@bullion/volumes';
import { InProcessTarget } from './in-process-target.ts';
import { Reservations } from './reservations.ts';
import type { Storage, StorageContext } from './storage.ts';

export async function openFolder(path: string, { folder, log, onLogin }: StorageContext): Promise<Storage> {
  const volumes = await VolumeStore.open(path);
  const exporter = new InProcessTarget(volumes, new Reservations(join(folder, 'reservations')), log, onLogin);
  return {
    name: `the folder ${path}`,
    volumes,
    exporter,
    can: new Set(['logins']),
    open: (name) => volumes.open(name),
    openToWrite: (name) => volumes.open(name),
    diskOf: (target) => exporter.diskOf(target),
    undelete: (name) => volumes.undelete(name),
    traffic: (target) => exporter.traffic(target),
    async close() {
      try {
        await exporter.close();
      } finally {
        await volumes.close();
      }
    },
  };
}
