/** Disks in a folder of this machine, served by this process: the default. */
import { VolumeStore } from '@bullion/volumes';
import { InProcessTarget } from './in-process-target.ts';
import type { Storage, StorageContext } from './storage.ts';

export async function openFolder(path: string, { log, onLogin }: StorageContext): Promise<Storage> {
  const volumes = await VolumeStore.open(path);
  const exporter = new InProcessTarget(volumes, log, onLogin);
  return {
    name: `the folder ${path}`,
    volumes,
    exporter,
    can: new Set(['logins']),
    async close() {
      try {
        await exporter.close();
      } finally {
        await volumes.close();
      }
    },
  };
}
