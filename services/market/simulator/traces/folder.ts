/** Traces from a folder, by their names; gzip is opened. What is not there is left out, and said. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readAzure } from './azure.ts';
import { readCloudlab } from './cloudlab.ts';
import { readOpenb } from './openb.ts';
import { readOpendc } from './opendc.ts';
import { readSwf } from './swf.ts';
import type { Trace } from './trace.ts';

const KINDS: readonly { what: string; file: RegExp; read(name: string, text: string): Trace }[] = [
  { what: 'SWF', file: /\.swf(\.gz)?$/i, read: (name, text) => readSwf(name, text) },
  { what: 'CloudLab leases', file: /leases.*\.csv(\.gz)?$/i, read: readCloudlab },
  { what: 'OpenDC tasks', file: /tasks.*\.csv(\.gz)?$/i, read: readOpendc },
  { what: 'Alibaba openb pods', file: /openb_pod_list.*\.csv(\.gz)?$/i, read: readOpenb },
  { what: 'Azure vmtable', file: /vmtable.*\.csv(\.gz)?$/i, read: readAzure },
];

export type Found = { file: string; name: string; load(): Trace };

/** Sorted by their files' names. `absent`: kinds of which there is none. */
export function findTraces(folder: string | undefined): { found: Found[]; absent: string[] } {
  const files = folder ? globSync('**/*.{swf,csv,gz}', { cwd: folder }).sort() : [];
  const found = files.flatMap((file): Found[] => {
    const kind = KINDS.find((one) => one.file.test(basename(file)));
    if (!kind) return [];
    const name = basename(file).replace(/(\.(swf|csv|gz))+$/i, '');
    return [{ file, name, load: () => kind.read(name, textOf(join(folder!, file))) }];
  });
  const absent = KINDS.filter(({ file }) => !files.some((one) => file.test(basename(one))));
  return { found, absent: absent.map(({ what }) => what) };
}

function textOf(path: string): string {
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}
