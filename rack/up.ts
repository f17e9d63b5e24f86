/** Brings a rack up, or leaves nothing of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { BullionError } from '@bullion/service/errors';
import { PASSWORD_LENGTH } from './bmc.ts';
import { down } from './down.ts';
import { bullionHome, checkHome, claimSocketRoot, socketDirectory, stateDirectory } from './home.ts';
import { chooseAccelerator } from './kvm.ts';
import { childrenOf, lifeOf } from './life.ts';
import { bmcAddress } from './network.ts';
import { checkMachine, namespaceFlags } from './packages.ts';
import { PATH, tailOf } from './processes.ts';
import {
  alreadyUp,
  type BmcAccount,
  certificateFile,
  claim,
  type RackRecord,
  readRecord,
  stateOf,
  writeRecord,
} from './record.ts';
import { fingerprintOf, makeCertificate } from './redfish/certificate.ts';
import type { RackSpec } from './spec.ts';
import { type RackStatus, status } from './status.ts';
import type { FromSupervisor, RackStep } from './steps.ts';

const UP_MS = 60_000;
const BMC_PORTS = { ipmi: 623, redfish: 443 } as const;

export type UpOptions = {
  onStep?: (step: RackStep) => void;
  /** A Linux kernel with which to find out whether KVM works; without it one of /boot is taken. */
  probeKernel?: string;
};

/**
 * Brings the rack up and returns when its switches and BMCs answer; its servers are off. Throws
 * `rack_already_up`, `rack_packages_missing`, `rack_not_permitted`, `rack_too_big`, or what failed with the end
 * of its log; after any of these nothing is left running. What a crash left of this rack is cleared away first.
 */
export async function up(spec: RackSpec, options: UpOptions = {}): Promise<RackStatus> {
  checkHome();
  checkSize(spec);
  await checkMachine();
  const former = readRecord(spec.name);
  if (former && stateOf(former) !== 'crashed') throw alreadyUp(spec.name);
  await down(spec.name);
  await mkdir(bullionHome(), { recursive: true });
  const onStep = options.onStep ?? (() => {});
  onStep({ title: 'accelerator', state: 'started' });
  const start = performance.now();
  const { accelerator, why } = await chooseAccelerator(spec.accelerator, options.probeKernel);
  onStep({
    title: `accelerator: ${accelerator} (${why})`,
    state: 'done',
    ms: Math.round(performance.now() - start),
  });
  // One for the rack, whose servers come and go together; made even where no BMC speaks TLS, in a millisecond.
  const certificate = makeCertificate(
    `BMCs of ${spec.name}`,
    spec.nodes.map((_, i) => bmcAddress(spec, i)),
  );
  const record: RackRecord = {
    name: spec.name,
    id: randomUUID(),
    spec,
    accelerator,
    userNamespace: process.getuid!() !== 0,
    stateDirectory: stateDirectory(spec.name),
    socketDirectory: socketDirectory(spec.name),
    bmcs: Object.fromEntries(
      spec.nodes.map((node, i): [string, BmcAccount] => [
        node.name,
        {
          address: bmcAddress(spec, i),
          port: BMC_PORTS[node.bmc.driver],
          user: `op-${secret(12)}`,
          password: secret(PASSWORD_LENGTH),
          ...(node.bmc.driver === 'redfish' && { tls: { fingerprint: fingerprintOf(certificate) } }),
        },
      ]),
    ),
    maker: lifeOf(process.pid)!,
    ready: false,
  };
  claim(record);
  try {
    await claimSocketRoot();
    await mkdir(record.socketDirectory, { mode: 0o700 });
    await writeFile(certificateFile(record), JSON.stringify(certificate), { mode: 0o600 });
    await supervise(record, onStep);
    record.ready = true;
    writeRecord(record);
    return (await status(spec.name))!;
  } catch (error) {
    await down(spec.name);
    throw error;
  }
}

/** Hexadecimal, so that no configuration language or shell takes a character of it for its own. */
const secret = (length: number): string => randomBytes(length / 2).toString('hex');

/** Starts the supervisor in new namespaces and returns when the rack is ready. */
async function supervise(record: RackRecord, onStep: (step: RackStep) => void): Promise<void> {
  const logFile = join(record.stateDirectory, 'supervisor.log');
  const log = openSync(logFile, 'a', 0o600);
  const keeper = spawn(
    'unshare',
    [
      ...namespaceFlags(),
      process.execPath,
      join(import.meta.dirname, 'supervisor.ts'),
      join(record.stateDirectory, 'rack.json'),
    ],
    {
      cwd: record.stateDirectory,
      env: { ...process.env, PATH, NODE_OPTIONS: '' },
      // A session of its own: Ctrl-C in the terminal of `up` reaches it as the end of this channel only.
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    },
  );
  closeSync(log);
  try {
    await untilReady(keeper, record, onStep, logFile);
  } finally {
    if (keeper.connected) keeper.disconnect();
    keeper.unref();
  }
}

function untilReady(
  keeper: ChildProcess,
  record: RackRecord,
  onStep: (step: RackStep) => void,
  logFile: string,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (code: string, message: string, hint?: string) =>
    reject(new BullionError('unavailable', code, message, { hint, details: { log: tailOf(logFile) } }));
  const timer = setTimeout(
    () => fail('rack_timeout', `The rack was not up within ${UP_MS / 1000} s:\n${tailOf(logFile)}`),
    UP_MS,
  );
  keeper.on('error', (error) => fail('rack_failed', `unshare could not be started: ${error.message}`));
  keeper.on('exit', () => fail('rack_failed', `The rack's supervisor ended at once:\n${tailOf(logFile)}`));
  keeper.on('message', (message: FromSupervisor) => {
    if ('running' in message) {
      // Known from here on, so that a `down` at any time finds what to end.
      record.keeper = lifeOf(keeper.pid!);
      record.supervisor = lifeOf(childrenOf(keeper.pid!)[0]!);
      writeRecord(record);
    } else if ('step' in message) {
      onStep(message.step);
    } else if ('ready' in message) {
      resolve();
    } else {
      fail(message.failed.code, message.failed.message, message.failed.hint);
    }
  });
  return promise.finally(() => {
    clearTimeout(timer);
    keeper.removeAllListeners('message');
  });
}

/** Servers that are all on must fit into the machine; half of their memory swapped out helps nobody. */
function checkSize(spec: RackSpec): void {
  const wanted = spec.nodes.reduce((sum, node) => sum + node.memoryMb, 0);
  const there = Math.floor(totalmem() / 2 ** 20);
  if (wanted <= there) return;
  throw new BullionError(
    'invalid',
    'rack_too_big',
    `The servers of "${spec.name}" have ${wanted} MB of memory together, and this machine has ${there} MB.`,
    { hint: 'Give them less memoryMb, or take fewer.' },
  );
}
