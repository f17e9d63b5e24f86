/**
 * Alibaba's cluster of GPU nodes (openb): pods with `cpu_milli`, `memory_mib`, `num_gpu` and `gpu_milli` of each. A node
 * here has one GPU: an eighth of the commonest there (96 cores, 384 GiB, 8 GPUs). A pod takes its dearest share.
 */
import { nodeLeases, type Slice } from './levels.ts';
import { numberIn, ordered, rowsOf, type Trace } from './trace.ts';

const NODE = { cpu: 12_000, memory: 49_152, gpu: 1_000 };
const COLUMNS = [
  'cpu_milli',
  'memory_mib',
  'num_gpu',
  'gpu_milli',
  'creation_time',
  'deletion_time',
  'scheduled_time',
];

/** Pods that were never scheduled are left out. */
export function readOpenb(name: string, text: string): Trace {
  const slices: Slice[] = [];
  for (const { number, row } of rowsOf(name, text, COLUMNS)) {
    if (row.scheduled_time === '') continue;
    const at = (column: string) => numberIn(name, number, row[column]);
    const gpu = at('num_gpu') * at('gpu_milli');
    const share = Math.max(at('cpu_milli') / NODE.cpu, at('memory_mib') / NODE.memory, gpu / NODE.gpu);
    const run = at('deletion_time') - at('scheduled_time');
    const start = at('creation_time');
    if (run > 0) slices.push({ start, end: start + run, share: Math.round(share * 1e6) });
  }
  return { name, jobs: ordered(nodeLeases(slices)) };
}
