/**
 * Azure's public `vmtable.csv` (2017 and 2019): no header; fields from 1: 4 created, 5 deleted (seconds), 10 cores and 11
 * memory in GB, as numbers or as buckets such as `>24`, which count as what they exceed.
 */
import { nodeLeases, type Slice } from './levels.ts';
import { linesOf, numberIn, ordered, type Trace, TraceError } from './trace.ts';

const NODE = { cores: 64, memoryGb: 512 };
const FIELDS = 11;

export function readAzure(name: string, text: string): Trace {
  const slices: Slice[] = [];
  for (const [line, number] of linesOf(text)) {
    const fields = line.split(',');
    if (fields.length < FIELDS) throw new TraceError(name, number, `${fields.length} of ${FIELDS} fields`);
    const at = (field: number) => numberIn(name, number, fields[field - 1]!.replace('>', ''));
    const [start, end] = [at(4), at(5)];
    const share = Math.round(Math.max(at(10) / NODE.cores, at(11) / NODE.memoryGb) * 1e6);
    if (end > start) slices.push({ start, end, share });
  }
  return { name, jobs: ordered(nodeLeases(slices)) };
}
