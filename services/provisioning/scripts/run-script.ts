/** A script is run on a layer: on a clone, which is sealed when the script was through, and is gone when it was not. */
import { chmod, chown, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BullionError } from '@bullion/service';
import type { Context } from '../context.ts';
import { explained } from '../storage-errors.ts';
import { type GuestEnd, runGuest } from './guest.ts';
import { NbdServer } from './nbd-server.ts';
import { keepOutput } from './output.ts';
import { workshopFiles } from './workshop.ts';

export type ScriptRun = {
  /** Of the operation: what the script writes is kept under it. */
  operation: string;
  /** Layers: a sealed one, and the one that is made. */
  from: string;
  to: string;
  script: string;
  timeoutSeconds: number;
  tried: string;
  signal: AbortSignal;
  note: (text: string) => Promise<void>;
};

/** Nobody on a usual machine: the guests' own users, one for each slot. */
const FIRST_UID = 2_000_000_000;
const SECTOR = 512;

/**
 * Leaves `to` sealed. Throws `script_failed`, `script_timeout`, `script_too_loud`, `script_broken_off`: then there is no
 * `to`. After a crash it begins anew.
 */
export async function runScript(context: Context, run: ScriptRun): Promise<void> {
  const { layers, scripts } = context;
  const { from, to, tried, note, signal } = run;
  const there = await layers.find(to);
  if (there && there.kind !== 'volume') return;
  // Of a former run that was killed: how far it came is not known.
  if (there) await layers.discard(to);
  await note('waiting for its turn');
  await scripts.slots.use(signal, async (slot) => {
    const files = await workshopFiles(context);
    await layers.clone(from, to, tried);
    try {
      await note('the script runs, in a guest of its own');
      const end = await onDisk(context, run, { ...files, uid: FIRST_UID + slot });
      await keepOutput(context, run.operation, end.output);
      if (end.exitCode !== 0) throw failure(run, end);
      await layers.seal(to, tried);
    } catch (error) {
      await layers.discard(to);
      throw error;
    }
  });
}

async function onDisk(
  context: Context,
  { operation, to, script, timeoutSeconds, tried, signal }: ScriptRun,
  guest: { kernel: string; initrd: string; uid: number },
): Promise<GuestEnd> {
  const { scripts } = context;
  // Outside of the service's folder, which is for its own eyes: QEMU is another user.
  const folder = join(tmpdir(), `bullion-script-${operation}`);
  // Of a service that was killed: its operations go on, and each finds its own.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  try {
    const [kernel, initrd, scriptFile] = ['kernel', 'initrd', 'script'].map((name) => join(folder, name));
    await copyFile(guest.kernel, kernel!);
    await copyFile(guest.initrd, initrd!);
    const bytes = Buffer.from(script);
    await writeFile(scriptFile!, Buffer.concat([bytes, Buffer.alloc(-bytes.length & (SECTOR - 1))]));
    for (const path of [kernel!, initrd!, scriptFile!]) await chmod(path, 0o444);
    if (process.geteuid?.() === 0) await chown(folder, guest.uid, guest.uid);
    const disk = await context.layers.openToWrite(to, tried);
    try {
      await using served = await NbdServer.listen(disk, join(folder, 'disk'));
      void served;
      const end = await runGuest({
        ...{ program: scripts.qemu, kernel: kernel!, initrd: initrd!, script: scriptFile! },
        ...{ scriptBytes: bytes.length, disk: join(folder, 'disk'), uid: guest.uid },
        ...{ memoryMiB: scripts.memoryMiB, timeoutMs: timeoutSeconds * 1000, signal },
        onOutput: (output) => void keepOutput(context, operation, output),
      });
      await explained(tried, () => disk.flush());
      return end;
    } finally {
      await disk.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function failure({ tried, timeoutSeconds, operation }: ScriptRun, { why, exitCode, output }: GuestEnd) {
  const seen = `See what it wrote: bullion operation output ${operation}`;
  const error = (code: string, message: string, hint: string) =>
    new BullionError('invalid', code, `${tried}: ${message}.`, {
      hint,
      details: { output: output.split('\n').slice(-20).join('\n') },
    });
  if (why === 'late') {
    return error(
      'script_timeout',
      `the script did not end within ${timeoutSeconds} s`,
      `${seen}. Give it more time.`,
    );
  }
  if (why === 'loud')
    return error('script_too_loud', 'the script wrote more than 64 MiB', `${seen}. Have it write less.`);
  const [, said] = /^bullion: FAILED: (.*)$/m.exec(output) ?? [];
  if (exitCode === undefined) {
    return error('script_broken_off', said ?? 'the guest ended before the script did', seen);
  }
  return error('script_failed', `the script ended with ${exitCode}`, `${seen}. No image was made.`);
}
