/** What a figure was measured on: without it a figure says nothing. */
import { cpus, release, totalmem } from 'node:os';

export const machine = () => ({
  cpus: cpus().length,
  cpu: cpus()[0]?.model ?? 'unknown',
  memory_mb: Math.round(totalmem() / 2 ** 20),
  kernel: release(),
  node: process.version,
});
