/**
 * Our server for a benchmark: prints where it answers as one line of JSON, and ends with SIGTERM.
 *   file PATH             one raw file
 *   volume FOLDER NAME..  volumes of a store, one target each
 */
import { FileDisk, IscsiServer } from '../../libraries/iscsi/index.ts';

const [kind, where, ...names] = process.argv.slice(2) as [string, string, ...string[]];
const NAME = 'iqn.2026-01.org.bullion:ours';
const server = new IscsiServer();
const store =
  kind === 'volume'
    ? await (await import('../../libraries/volumes/index.ts')).VolumeStore.open(where)
    : undefined;
const disks =
  store === undefined
    ? [await FileDisk.open(where)]
    : await Promise.all(names.map((name) => store.open(name)));
for (const [i, disk] of disks.entries()) server.addTarget({ name: `${NAME}-${i + 1}`, disk });
const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
console.log(JSON.stringify({ host: '127.0.0.1', port, name: `${NAME}-1`, lun: 0 }));

process.on('SIGTERM', async () => {
  await server.close();
  for (const disk of disks) await disk.close();
  await store?.close();
  process.exit(0);
});
