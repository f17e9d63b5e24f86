import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readAzure } from './azure.ts';
import { readCloudlab } from './cloudlab.ts';
import { findTraces } from './folder.ts';
import { nodeLeases } from './levels.ts';
import { readOpenb } from './openb.ts';
import { readOpendc } from './opendc.ts';
import { readSwf } from './swf.ts';

const SWF = `; MaxNodes: 10
; MaxProcs: 40
;
 1 100 20 600 6 -1 -1 8 900 -1 1 1 1 -1 -1 -1 -1 -1
 2 130 -1 60 -1 -1 -1 4 -1 -1 1 1 1 -1 -1 -1 -1 -1
 3 140 -1 -1 4 -1 -1 4 30 -1 0 1 1 -1 -1 -1 -1 -1
`;

test('SWF: processors become whole nodes, unknown estimates the run time, jobs that did not run are left out', () => {
  assert.deepEqual(readSwf('small', SWF).jobs, [
    { submit: 0, run: 600, estimate: 900, nodes: 2, wait: 20 },
    { submit: 30, run: 60, estimate: 60, nodes: 1, wait: 0 },
  ]);
});

test('SWF: a line that is cut short is refused, with its number', () => {
  assert.throws(() => readSwf('small', `${SWF} 4 150 1 60\n`), /small, line 7: 4 of 18 fields/);
});

test('CloudLab: a lease is a job from swap-in to its end', () => {
  const text =
    'idx,exptidx,uid_idx,swapin_time,end,pnodes\n7,1,1,1500000900,1500001000,3\n8,2,1,1500000000,1500004000,1\n';
  assert.deepEqual(readCloudlab('cl', text).jobs, [
    { submit: 0, run: 4000, estimate: 4000, nodes: 1 },
    { submit: 900, run: 100, estimate: 100, nodes: 3 },
  ]);
  assert.throws(() => readCloudlab('cl', 'a,b\n1,2\n'), /no column swapin_time, end, pnodes/);
  assert.throws(() => readCloudlab('cl', 'swapin_time,end,pnodes\n1,x,2\n'), /line 2: "x" is no number/);
});

test('OpenDC: milliseconds and processors become seconds and nodes', () => {
  const text =
    'id,submission_time,duration,cpu_count\n1,1000000,60000,17\n2,1090000,0,16\n3,1090000,5000,1\n';
  assert.deepEqual(readOpendc('surf', text).jobs, [
    { submit: 0, run: 60, estimate: 60, nodes: 2 },
    { submit: 90, run: 5, estimate: 5, nodes: 1 },
  ]);
});

test('openb: pods share nodes of one GPU; what was never scheduled takes none', () => {
  const header =
    'name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time';
  const pods = [
    'a,1000,1024,1,500,,LS,Running,0,3600,0',
    'b,1000,1024,1,500,,LS,Running,0,1800,0',
    'c,12000,1024,0,0,,LS,Running,900,2700,1000',
    'd,12000,1024,1,1000,,LS,Pending,0,3600,',
  ];
  assert.deepEqual(readOpenb('o', [header, ...pods].join('\n')).jobs, [
    { submit: 0, run: 3600, estimate: 3600, nodes: 1 },
    { submit: 900, run: 1800, estimate: 1800, nodes: 1 },
  ]);
});

test('Azure: cores and memory, as numbers or buckets', () => {
  const vm = (start: number, end: number, cores: string, memory: string) =>
    `v,s,d,${start},${end},9,5,8,Unknown,${cores},${memory}`;
  const text = [vm(0, 1800, '32', '64'), vm(0, 900, '>24', '>64'), vm(0, 900, '16', '64')].join('\n');
  assert.deepEqual(readAzure('az', text).jobs, [
    { submit: 0, run: 900, estimate: 900, nodes: 1 },
    { submit: 0, run: 1800, estimate: 1800, nodes: 1 },
  ]);
  assert.throws(() => readAzure('az', '1,2,3\n'), /3 of 11 fields/);
});

test('the node that a cloud took last it gives back first', () => {
  const slice = (start: number, end: number) => ({ start, end, share: 1_000_000 });
  assert.deepEqual(
    nodeLeases([slice(0, 9000), slice(1800, 3600)]).map(({ submit, run }) => [submit, run]),
    [
      [1800, 1800],
      [0, 9000],
    ],
  );
  assert.deepEqual(nodeLeases([]), []);
});

test('a folder is searched for traces, gzip too; kinds that are absent are named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bullion-traces-'));
  try {
    mkdirSync(join(folder, 'hpc'));
    writeFileSync(join(folder, 'hpc', 'small.swf.gz'), gzipSync(SWF));
    writeFileSync(join(folder, 'notes.csv'), 'a,b\n');
    const { found, absent } = findTraces(folder);
    assert.deepEqual(
      found.map(({ name, load }) => [name, load().jobs.length]),
      [['small', 2]],
    );
    assert.deepEqual(absent, ['CloudLab leases', 'OpenDC tasks', 'Alibaba openb pods', 'Azure vmtable']);
    assert.equal(findTraces(undefined).found.length, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const folder = process.env.BULLION_TRACES;
test('real traces: jobs in their order, of whole nodes and seconds, none shorter than nothing', {
  skip: folder ? false : 'BULLION_TRACES names no folder of traces; the lines above are of our own making',
}, () => {
  const { found } = findTraces(folder);
  assert(found.length > 0, `no traces in ${folder}`);
  for (const { name, load } of found) {
    let before = 0;
    for (const { submit, run, estimate, nodes } of load().jobs) {
      assert([submit, run, estimate, nodes].every(Number.isSafeInteger), name);
      assert(submit >= before && run > 0 && estimate >= run && nodes > 0, `${name} at ${submit}`);
      before = submit;
    }
  }
});
